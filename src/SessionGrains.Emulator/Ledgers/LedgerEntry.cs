using System.Text.Json.Nodes;

namespace SessionGrains.Emulator.Ledgers;

/// <summary>One thing that the emulator received or did. Secrets appear as the prefix of their hash.</summary>
internal sealed record LedgerEntry(
    long Seq, string At, long AtMs, string Kind, string? CallId, string? SessionId, string? SecretId, int? Status, JsonObject Details);
