using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace SessionGrains.Network.Tests;

/// <summary>A host's three files in a folder of their own, and what reads them.</summary>
internal sealed class HostFiles : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("sessiongrains-network-");

    public NetworkOptions Options => new() { Certificate = At("certificate.pem"), Key = At("key.pem"), Authority = At("authority.pem") };

    public static HostFiles Of(TestAuthority authority, Issued own)
    {
        var files = new HostFiles();
        files.Write(authority.Pem, own);
        return files;
    }

    public void Write(string authority, Issued own)
    {
        File.WriteAllText(At("authority.pem"), authority);
        File.WriteAllText(At("key.pem"), own.Key);
        File.WriteAllText(At("certificate.pem"), own.Certificate);
    }

    public void WriteCertificate(string text) => File.WriteAllText(At("certificate.pem"), text);

    public IdentityFiles Read(HostKind kind, ILogger<IdentityFiles>? logger = null, TimeProvider? clock = null) =>
        new(Microsoft.Extensions.Options.Options.Create(Options), kind, clock ?? TimeProvider.System, logger ?? NullLogger<IdentityFiles>.Instance);

    public PeerTls Tls(IdentityFiles files, TimeSpan? handshakeTimeout = null)
    {
        var options = Options;
        options.HandshakeTimeout = handshakeTimeout ?? options.HandshakeTimeout;
        return new(files, Microsoft.Extensions.Options.Options.Create(options), NullLogger<PeerTls>.Instance);
    }

    /// <summary>As an operator sets them.</summary>
    public Dictionary<string, string?> Settings => new()
    {
        [$"{NetworkOptions.Section}:Certificate"] = Options.Certificate,
        [$"{NetworkOptions.Section}:Key"] = Options.Key,
        [$"{NetworkOptions.Section}:Authority"] = Options.Authority,
    };

    public void Dispose() => folder.Delete(recursive: true);

    private string At(string name) => Path.Combine(folder.FullName, name);
}
