using SessionGrains.Grains.ToolCalls;
using SessionGrains.OpenAI.Sideband;

namespace SessionGrains.Grains.Sideband;

/// <summary>One thing that the owner of a sideband learns. Facts are taken one at a time.</summary>
internal abstract record Fact
{
    private Fact()
    {
    }

    /// <summary>We are attached; nothing proves yet that it works.</summary>
    /// <param name="IsAgain">Whether something may have happened in the call that nobody heard.</param>
    internal sealed record Attached(ISideband Sideband, bool IsAgain) : Fact;

    /// <summary>OpenAI told something.</summary>
    internal sealed record Heard(SidebandEvent Event) : Fact;

    /// <summary>The sideband is over.</summary>
    internal sealed record Lost(CloseKind Kind) : Fact;

    /// <summary>The call is over.</summary>
    internal sealed record Gone(string How) : Fact;

    /// <summary>A tool has its outcome.</summary>
    internal sealed record Ran(string CallId, Outcome<ToolCallOutcome> Outcome) : Fact;

    /// <summary>A tool call changed.</summary>
    internal sealed record Told(ToolCallView Call, bool EndsWorkflow) : Fact;

    /// <summary>Something was waited for long enough.</summary>
    internal sealed record Waited(Wait What, string Key) : Fact;

    /// <summary>By now the attached sideband must have answered.</summary>
    internal sealed record ReadyBy(ISideband Sideband) : Fact;

    /// <summary>By now the session must be as it was set back.</summary>
    internal sealed record RevertedBy(int Number) : Fact;
}
