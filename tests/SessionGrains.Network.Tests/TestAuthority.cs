using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SessionGrains.Network.Tests;

/// <summary>Issues certificates as an operator's authority does, or as no honest one would.</summary>
internal sealed class TestAuthority : IDisposable
{
    public const string Silo = "silo.sessiongrains";
    public const string Api = "api.sessiongrains";

    private readonly X509Certificate2 certificate;

    public TestAuthority(string name = "CN=test authority") => certificate = SelfSigned(name);

    private TestAuthority(X509Certificate2 certificate) => this.certificate = certificate;

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    public string Pem => certificate.ExportCertificatePem();

    /// <summary>A certificate with its key, good for an hour unless it says otherwise.</summary>
    public Issued Issue(string name, TimeSpan? until = null, string usages = "1.3.6.1.5.5.7.3.1 1.3.6.1.5.5.7.3.2", bool asCommonName = false)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(asCommonName ? $"CN={name}" : "CN=host", key, HashAlgorithmName.SHA256);
        if (!asCommonName)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(name);
            request.CertificateExtensions.Add(names.Build());
        }

        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([.. Oids(usages)], critical: false));
        using var issued = request.Create(certificate, Now.AddHours(-2), Now + (until ?? TimeSpan.FromHours(1)), RandomNumberGenerator.GetBytes(8));
        return new(issued.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>An authority under this one: what it issues is sent together with its own certificate.</summary>
    public (TestAuthority Authority, string Pem) Subordinate()
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = Request("CN=subordinate", key);
        using var issued = request.Create(certificate, Now.AddHours(-2), Now.AddHours(2), RandomNumberGenerator.GetBytes(8));
        return (new(issued.CopyWithPrivateKey(key)), issued.ExportCertificatePem());
    }

    public void Dispose() => certificate.Dispose();

    private static X509Certificate2 SelfSigned(string name)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Request(name, key).CreateSelfSigned(Now.AddHours(-3), Now.AddHours(3));
    }

    private static CertificateRequest Request(string name, ECDsa key)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        return request;
    }

    private static OidCollection Oids(string usages)
    {
        var oids = new OidCollection();
        foreach (var usage in usages.Split(' '))
        {
            oids.Add(new Oid(usage));
        }

        return oids;
    }
}

/// <summary>A certificate and its key, as files hold them.</summary>
internal sealed record Issued(string Certificate, string Key)
{
    public X509Certificate2 WithKey() => X509Certificate2.CreateFromPem(Certificate, Key);
}
