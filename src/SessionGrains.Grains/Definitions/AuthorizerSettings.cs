namespace SessionGrains.Grains.Definitions;

/// <summary>Where the application is asked before a start. Without a variable for the secret the question is not signed.</summary>
internal sealed record AuthorizerSettings(Uri Url, string? SigningSecretEnv, TimeSpan Timeout);
