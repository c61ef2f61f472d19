namespace SessionGrains.OpenAI.Sideband;

/// <summary>Tokens, or seconds, that were used. What was cached is a part of what went in.</summary>
public sealed record Usage(
    long InputTokens,
    long OutputTokens,
    long InputText,
    long InputAudio,
    long InputImage,
    long CachedText,
    long CachedAudio,
    long CachedImage,
    long OutputText,
    long OutputAudio,
    double Seconds)
{
    /// <summary>Nothing.</summary>
    public static Usage None { get; } = new(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    /// <summary>Both together.</summary>
    public static Usage operator +(Usage left, Usage right) => left.Plus(right);

    /// <summary>This and more.</summary>
    public Usage Plus(Usage more) => new(
        InputTokens + more.InputTokens,
        OutputTokens + more.OutputTokens,
        InputText + more.InputText,
        InputAudio + more.InputAudio,
        InputImage + more.InputImage,
        CachedText + more.CachedText,
        CachedAudio + more.CachedAudio,
        CachedImage + more.CachedImage,
        OutputText + more.OutputText,
        OutputAudio + more.OutputAudio,
        Seconds + more.Seconds);
}
