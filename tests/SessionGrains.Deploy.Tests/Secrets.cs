using Xunit;

namespace SessionGrains.Deploy.Tests;

/// <summary>What <c>deploy/secrets.sh</c> makes, in a folder of its own.</summary>
internal sealed class Secrets : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("sessiongrains-secrets-").FullName;

    public static Secrets Make()
    {
        var made = new Secrets();
        made.MakeAgain();
        return made;
    }

    public void MakeAgain()
    {
        var (exitCode, output) = Script.Run("secrets.sh", [Folder], []);
        Assert.True(exitCode is 0, output);
    }

    public string At(string file) => Path.Combine(Folder, file);

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
