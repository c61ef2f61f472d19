using System.Text.Json.Serialization;
using SessionGrains.Emulator.Calls;
using SessionGrains.Emulator.Http;
using SessionGrains.Emulator.Sessions;

namespace SessionGrains.Emulator.Control;

/// <summary>How the emulator behaves where OpenAI's behaviour is unclear, has changed, or differs by account.</summary>
internal sealed record Behaviour
{
    /// <summary>What hanging up an unknown call answers: "404", or "400".</summary>
    public string HangupUnknown { get; init; } = "404";

    /// <summary>How soon a call is over after its hang-up was answered.</summary>
    public int HangupDelayMs { get; init; } = 50;

    /// <summary>"same": only what created a call may attach to it; "any_project": project keys may too.</summary>
    public string SidebandKeys { get; init; } = "same";

    /// <summary>As <see cref="SidebandKeys"/>, for hanging up.</summary>
    public string HangupKeys { get; init; } = "same";

    /// <summary>Whether an expired client secret may still attach to and hang up the call that it created.</summary>
    public bool ExpiredSecretsControl { get; init; } = true;

    /// <summary>For so long after its creation a call cannot be attached to.</summary>
    [JsonPropertyName("attach_404_seconds")]
    public double Attach404Seconds { get; init; }

    /// <summary>For so long after its creation a call cannot be hung up.</summary>
    [JsonPropertyName("hangup_404_seconds")]
    public double Hangup404Seconds { get; init; }

    /// <summary>Models that calls are refused with 403; minting accepts any model, as at OpenAI.</summary>
    public IReadOnlyList<string> ModelsRefused { get; init; } = [];

    /// <summary>The scenario of sessions to come; without a name, the first that fits the session.</summary>
    public string? Scenario { get; init; }

    /// <summary>The least time that a response takes; OpenAI refuses a second one meanwhile.</summary>
    public int ResponseMs { get; init; } = 50;

    /// <summary>The time from one delta to the next.</summary>
    public int WordMs { get; init; } = 5;

    /// <summary>How long a call goes on playing after a response is done.</summary>
    public int PlaybackMs { get; init; } = 30;

    /// <summary>The code with which sockets are closed when a call ends.</summary>
    public int EndCloseCode { get; init; } = 1000;

    /// <summary>Whether what the peer page hears counts as speech; scripted turns go undisturbed without it.</summary>
    public bool Microphone { get; init; } = true;

    [JsonIgnore]
    public Pacing Pacing => new(ResponseMs, WordMs, PlaybackMs);

    [JsonIgnore]
    public string? Problem =>
        HangupUnknown is not ("404" or "400") ? "hangup_unknown must be \"404\" or \"400\"."
        : SidebandKeys is not ("same" or "any_project") ? "sideband_keys must be \"same\" or \"any_project\"."
        : HangupKeys is not ("same" or "any_project") ? "hangup_keys must be \"same\" or \"any_project\"."
        : HangupDelayMs < 0 || Attach404Seconds < 0 || Hangup404Seconds < 0 || WordMs < 0 || PlaybackMs < 0 ? "Durations must not be negative."
        : ResponseMs < 50 ? "A response takes at least 50 ms."
        : EndCloseCode is not (>= 1000 and < 5000) ? "end_close_code must be a WebSocket close code."
        : null;

    public bool MayAttach(Credential credential, Call call) => Matches(SidebandKeys, credential, call);

    public bool MayHangUp(Credential credential, Call call) => Matches(HangupKeys, credential, call);

    private static bool Matches(string keys, Credential credential, Call call) =>
        credential.Id == call.Owner.Id || (keys == "any_project" && credential.IsKey);
}
