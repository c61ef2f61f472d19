using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SessionGrains.Network;

/// <summary>What a host shows to its peers, and whom it believes.</summary>
internal sealed record Identity(SslStreamCertificateContext Certificate, X509Certificate2Collection Authorities)
{
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");
    private static readonly Oid ClientAuthentication = new("1.3.6.1.5.5.7.3.2");

    /// <summary>Takes files for what they are, unless no peer would believe this host with them.</summary>
    /// <param name="certificate">The host's own certificate first, then those between it and the authority.</param>
    /// <exception cref="CryptographicException">A file is broken, or the key is another one's.</exception>
    /// <exception cref="InvalidDataException">The files are sound, and not good for this host.</exception>
    public static Identity Read(string certificate, string key, string authority, HostKind kind, string ownName)
    {
        var own = X509Certificate2.CreateFromPem(certificate, key);
        var between = new X509Certificate2Collection();
        between.ImportFromPem(certificate);
        between.RemoveAt(0);
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(authority);

        if (!own.HasName(ownName))
        {
            throw new InvalidDataException($"the certificate does not carry the name {ownName}");
        }

        using var chain = new X509Chain { ChainPolicy = Trust(authorities) };
        chain.ChainPolicy.ExtraStore.AddRange(between);
        chain.ChainPolicy.ApplicationPolicy.Add(ClientAuthentication);
        if (kind is HostKind.Silo)
        {
            chain.ChainPolicy.ApplicationPolicy.Add(ServerAuthentication);
        }

        return chain.Build(own)
            ? new(SslStreamCertificateContext.Create(own, between, offline: true), authorities)
            : throw new InvalidDataException($"the authority's word does not hold for the certificate: {string.Join(", ", chain.ChainStatus.Select(status => status.Status))}");
    }

    /// <summary>Believes what ends in one of the authorities, whatever the machine itself believes, and asks nobody for more.</summary>
    public static X509ChainPolicy Trust(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }
}

/// <summary>The two kinds of hosts in a cluster.</summary>
internal enum HostKind
{
    Silo,
    Api,
}

/// <summary>The words that .NET's certificates lack for this product.</summary>
internal static class CertificateExtensions
{
    extension(X509Certificate2 certificate)
    {
        /// <summary>Whether a certificate was issued for exactly this name; a wildcard or an old-style common name is not enough.</summary>
        public bool HasName(string name) => certificate.MatchesHostname(name, allowWildcards: false, allowCommonName: false);
    }
}
