namespace SessionGrains.Emulator;

/// <summary>What an emulator is started with; what can change while it runs is set over its control surface.</summary>
public sealed class EmulatorOptions
{
    /// <summary>The configuration section that the standalone program reads.</summary>
    public const string Section = "Emulator";

    /// <summary>Where to listen when started in process. Default: a free port on 127.0.0.1.</summary>
    public string ListenUrl { get; set; } = "http://127.0.0.1:0";

    /// <summary>The project keys that it knows; an empty list takes any <c>sk-…</c>. Default: <c>sk-emulator</c>.</summary>
    public IList<string> ApiKeys { get; set; } = ["sk-emulator"];

    /// <summary>A file to which every ledger entry is appended, and synced to disk, before its reply leaves. Default: none.</summary>
    public string? LedgerFile { get; set; }

    /// <summary>A folder of scenario files that say how the model behaves. Default: none, the built-in small talk.</summary>
    public string? ScenarioFolder { get; set; }

    /// <summary>The clock that secrets and sessions expire by. Default: the system's. Pacing always follows the system's.</summary>
    public TimeProvider? Clock { get; set; }
}
