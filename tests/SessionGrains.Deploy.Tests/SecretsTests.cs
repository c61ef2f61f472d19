using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using Xunit;

namespace SessionGrains.Deploy.Tests;

/// <summary>The script that makes up a deployment's secrets.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class SecretsTests
{
    [Fact]
    public void Each_kind_of_host_has_a_certificate_that_is_good_for_what_it_does_and_for_nothing_else()
    {
        using var secrets = Secrets.Make();

        Assert.Equal((true, false, "1.3.6.1.5.5.7.3.1 1.3.6.1.5.5.7.3.2"), Look(secrets.At("silo.crt")));
        Assert.Equal((false, true, "1.3.6.1.5.5.7.3.2"), Look(secrets.At("api.crt")));
    }

    [Fact]
    public void What_is_there_stays_as_it_is()
    {
        using var secrets = Secrets.Make();
        var before = Contents(secrets);

        secrets.MakeAgain();

        Assert.Equal(before, Contents(secrets));
    }

    [Fact]
    public void A_certificate_of_another_authority_is_issued_anew()
    {
        using var secrets = Secrets.Make();
        using var others = Secrets.Make();
        File.Copy(others.At("silo.crt"), secrets.At("silo.crt"), overwrite: true);
        File.Copy(others.At("silo.key"), secrets.At("silo.key"), overwrite: true);

        secrets.MakeAgain();

        Assert.NotEqual(File.ReadAllText(others.At("silo.crt")), File.ReadAllText(secrets.At("silo.crt")));
    }

    [Fact]
    public void Nobody_else_may_look_into_the_folder_and_the_authoritys_key_is_its_owners_alone()
    {
        using var secrets = Secrets.Make();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(secrets.Folder));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(secrets.At("ca.key")));
    }

    private static (bool IsSilo, bool IsApi, string Usages) Look(string file)
    {
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(file);
        var usages = certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<System.Security.Cryptography.Oid>();
        return (certificate.MatchesHostname("silo.sessiongrains"), certificate.MatchesHostname("api.sessiongrains"), string.Join(' ', usages.Select(usage => usage.Value).Order()));
    }

    private static Dictionary<string, string> Contents(Secrets secrets) =>
        Directory.EnumerateFiles(secrets.Folder).Order().ToDictionary(file => file, File.ReadAllText);
}
