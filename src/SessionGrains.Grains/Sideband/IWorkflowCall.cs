using Orleans.Concurrency;

namespace SessionGrains.Grains.Sideband;

/// <summary>Where the owner of a sideband tells its workflow what it heard.</summary>
[Alias("SessionGrains.IWorkflowCall")]
internal interface IWorkflowCall : IGrainWithStringKey
{
    /// <summary>Something happened in a call. News of a call that is not the workflow's any more, or of an owner that was replaced, mean nothing.</summary>
    [AlwaysInterleave, Alias("Heard")]
    Task Heard(CallId call, CallNews news);
}

/// <summary>What a workflow may hear of its call.</summary>
[GenerateSerializer, Immutable, Alias("SessionGrains.CallNews")]
internal abstract record CallNews
{
    private CallNews()
    {
    }

    /// <summary>Which owner tells it. One that was frozen, or is cut off, may still tell what it takes for news.</summary>
    [Id(0)]
    public string? Owner { get; init; }

    /// <summary>Names the kind only: the rest may be somebody's words.</summary>
    public sealed override string ToString() => GetType().Name;

    /// <summary>The sideband is ready, or was lost.</summary>
    [GenerateSerializer, Immutable, Alias("SessionGrains.CallNews.ControlChanged")]
    internal sealed record ControlChanged([property: Id(0)] Control Control) : CallNews;

    /// <summary>Another owner holds the call, of a later term: this activation was replaced and did not know it.</summary>
    [GenerateSerializer, Immutable, Alias("SessionGrains.CallNews.Superseded")]
    internal sealed record Superseded : CallNews;

    /// <summary>All that this call has used since its present owner listens.</summary>
    [GenerateSerializer, Immutable, Alias("SessionGrains.CallNews.Used")]
    internal sealed record Used([property: Id(0)] Consumption Consumption) : CallNews;

    /// <summary>Words, where the policy allows the page to see them.</summary>
    [GenerateSerializer, Immutable, Alias("SessionGrains.CallNews.Said")]
    internal sealed record Said(
        [property: Id(0)] string Role, [property: Id(1)] string ItemId, [property: Id(2)] string Text, [property: Id(3)] bool IsAll) : CallNews;

    /// <summary>Something for the audit trail: identifiers only.</summary>
    [GenerateSerializer, Immutable, Alias("SessionGrains.CallNews.Noted")]
    internal sealed record Noted([property: Id(0)] string Kind, [property: Id(1)] string Detail) : CallNews;

    /// <summary>The workflow must end: the call is gone, the policy was broken, or a tool has completed it and the farewell was heard.</summary>
    [GenerateSerializer, Immutable, Alias("SessionGrains.CallNews.Over")]
    internal sealed record Over([property: Id(0)] EndReason Reason, [property: Id(1)] string Detail) : CallNews;
}

/// <summary>What was used, as OpenAI counts it. Estimated when we did not see all of it.</summary>
/// <param name="Responses">Responses that began.</param>
[GenerateSerializer, Immutable, Alias("SessionGrains.Consumption")]
internal sealed record Consumption(
    [property: Id(0)] int Responses,
    [property: Id(1)] long InputTokens,
    [property: Id(2)] long OutputTokens,
    [property: Id(3)] long AudioInputTokens,
    [property: Id(4)] long AudioOutputTokens,
    [property: Id(5)] decimal CostUsd,
    [property: Id(6)] bool IsEstimated)
{
    public static Consumption None { get; } = new(0, 0, 0, 0, 0, 0, false);

    public static Consumption operator +(Consumption left, Consumption right) => left.Plus(right);

    public Consumption Plus(Consumption more) => new(
        Responses + more.Responses,
        InputTokens + more.InputTokens,
        OutputTokens + more.OutputTokens,
        AudioInputTokens + more.AudioInputTokens,
        AudioOutputTokens + more.AudioOutputTokens,
        CostUsd + more.CostUsd,
        IsEstimated || more.IsEstimated);
}
