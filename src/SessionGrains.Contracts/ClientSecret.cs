using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace SessionGrains;

/// <summary>The short-lived credential that a browser connects with. It prints as <c>***</c> and is never stored.</summary>
[GenerateSerializer, Immutable, Alias("SessionGrains.ClientSecret")]
public sealed record ClientSecret([property: Id(0)] string Value, [property: Id(1)] DateTimeOffset ExpiresAt)
{
    public override string ToString() => "***";
}

/// <summary>Our own client secret: <c>ek_sg_</c>, the workflow it opens, and 256 random bits. Only its hash is kept.</summary>
/// <remarks>It begins with <c>ek_</c> because OpenAI's browser client refuses any other key before it sends a request.</remarks>
public static class OwnSecret
{
    public const string Prefix = "ek_sg_";

    private const int RandomBytes = 32;
    private const int RandomLength = 43;

    /// <summary>Makes a new secret for a workflow.</summary>
    public static string New(WorkflowId workflow) =>
        Prefix + workflow.Value[WorkflowId.Prefix.Length..] + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));

    /// <summary>What of a secret may be kept: its SHA-256, base64url.</summary>
    public static string Hash(string secret) => Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    /// <summary>Reads which workflow a secret opens. Whether it is genuine only the workflow can tell.</summary>
    public static bool TryReadWorkflow([NotNullWhen(true)] string? secret, out WorkflowId workflow)
    {
        workflow = default;
        return secret is not null
            && secret.Length == Prefix.Length + WorkflowId.RandomLength + RandomLength
            && secret.StartsWith(Prefix, StringComparison.Ordinal)
            && WorkflowId.TryParse(string.Concat(WorkflowId.Prefix, secret.AsSpan(Prefix.Length, WorkflowId.RandomLength)), out workflow);
    }
}
