namespace SessionGrains.Emulator.Sessions;

/// <summary>How fast the model speaks: not at all like a person, but never in no time.</summary>
/// <param name="ResponseMs">The least time between the creation and the end of a response.</param>
/// <param name="WordMs">The time from one delta to the next.</param>
/// <param name="PlaybackMs">How long a call goes on playing after its response is done.</param>
internal sealed record Pacing(int ResponseMs, int WordMs, int PlaybackMs);
