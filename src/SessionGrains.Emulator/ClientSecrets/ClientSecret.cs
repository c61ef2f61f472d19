using System.Text.Json.Nodes;

namespace SessionGrains.Emulator.ClientSecrets;

/// <summary>What a minted secret stands for; the value itself is kept nowhere. May create calls until it expires.</summary>
internal sealed record ClientSecret(string Id, DateTimeOffset ExpiresAt, JsonObject Session, string? SafetyIdentifier);
