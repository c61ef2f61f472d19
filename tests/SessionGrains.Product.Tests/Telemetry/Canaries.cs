using System.Text;
using SessionGrains.Testing.Hosts;

namespace SessionGrains.Product.Tests.Telemetry;

/// <summary>Words that must stay where they are: one for each place that a secret, a prompt or a person's data can be in.</summary>
internal static class Canaries
{
    public const string Key = "sk-canary-key-of-the-server";
    public const string Subject = "canary-subject";
    public const string Tenant = "canary-tenant";
    public const string Instructions = "canary-instructions";
    public const string Input = "canary-input";
    public const string Metadata = "canary-metadata";
    public const string Argument = "canary-argument";
    public const string Output = "canary-output";
    public const string ToolPath = "canary-path-of-a-tool";
    public const string Speech = "canary-speech";
    public const string Answer = "canary-answer";
    public const string Detail = "canary-detail-of-an-end";
    public const string Query = "canary-query";
    public const string Path = "canary-path";
    public const string Agent = "canary-agent";
    public const string Baggage = "canary-baggage";

    private static readonly string[] Fixed =
    [
        Key, Subject, Tenant, Instructions, Input, Metadata, Argument, Output, ToolPath, Speech, Answer, Detail, Query, Path, Agent, Baggage,
        ToolBackend.Secret, Browser.IcePassword, "a=ice-ufrag", "a=fingerprint",
    ];

    /// <summary>Those that are in a text, among the ones known beforehand and the ones that came up.</summary>
    public static IReadOnlyList<string> In(string text, params IEnumerable<string> more) =>
        [.. Fixed.Concat(more).Where(canary => text.Contains(canary, StringComparison.OrdinalIgnoreCase))];

    public static IReadOnlyList<string> In(byte[] bytes, params IEnumerable<string> more) => In(Encoding.Latin1.GetString(bytes), more);
}
