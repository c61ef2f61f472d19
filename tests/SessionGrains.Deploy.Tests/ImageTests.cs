using System.IO.Enumeration;
using System.Reflection.PortableExecutable;
using Xunit;

namespace SessionGrains.Deploy.Tests;

/// <summary>The images' publish step, as the Dockerfile says it and with nothing but the files that it copies: no engine is needed for that.</summary>
[Collection(nameof(OneAtATime))]
public sealed class ImageTests : IDisposable
{
    private static readonly string[] Hosts = ["silo", "api"];

    // A first run fetches .NET's own compiler and libraries for each processor that images are made for.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    // All is kept out but what begins with an exclamation mark.
    private static readonly string[] DockerIgnore = Repository.Read(".dockerignore").Split('\n');

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("sessiongrains-image-");

    [Fact]
    public void An_image_holds_a_host_that_starts_and_was_compiled_ahead_of_time()
    {
        var source = folder.CreateSubdirectory("source");
        foreach (var (instruction, words) in BuildStage())
        {
            switch (instruction)
            {
                case "COPY":
                    Copy(words.Split(' ')[..^1], Path.Combine(source.FullName, words.Split(' ')[^1]));
                    break;
                case "RUN":
                    Run(words.Replace("/app/", $"{folder.FullName}/app/", StringComparison.Ordinal), source.FullName, exitCode: 0);
                    break;
                case not "WORKDIR":
                    Assert.Fail($"{instruction}: this test does not know what an engine does for it");
                    break;
            }
        }

        foreach (var host in Hosts)
        {
            var app = Path.Combine(folder.FullName, "app", host);
            var entry = Entry(host);
            Assert.All([entry, "SessionGrains.Contracts.dll", "Orleans.Core.dll", "Npgsql.dll"], file => Assert.True(IsCompiledAhead(Path.Combine(app, file)), file));
            // Without a setting it says which one it needs, and that is as far as it gets.
            Assert.Contains("ConnectionStrings:SessionGrains is missing", Run($"dotnet {Path.Combine(app, entry)}", folder.FullName, exitCode: 1), StringComparison.Ordinal);
        }
    }

    public void Dispose() => folder.Delete(recursive: true);

    /// <summary>The instructions of the stage that builds, each on one line.</summary>
    private static IEnumerable<(string Instruction, string Words)> BuildStage() =>
        from line in Dockerfile().Replace("\\\n", " ", StringComparison.Ordinal).Split('\n').SkipWhile(line => !line.StartsWith("FROM ", StringComparison.Ordinal)).Skip(1)
            .TakeWhile(line => !line.StartsWith("FROM ", StringComparison.Ordinal))
        where line is not ("" or ['#', ..])
        let parts = line.Split(' ', 2)
        select (parts[0], parts[1]);

    private static string Entry(string host) =>
        Dockerfile().Split('\n').SkipWhile(line => line != $"FROM host AS {host}").First(line => line.StartsWith("ENTRYPOINT", StringComparison.Ordinal)).Split('"')[3];

    private static string Dockerfile() => Repository.Read("deploy", "Dockerfile");

    private static void Copy(string[] from, string to)
    {
        foreach (var one in from)
        {
            Assert.Contains(DockerIgnore, line => line is ['!', ..] && FileSystemName.MatchesSimpleExpression(line.AsSpan(1), one.TrimEnd('/')));
            var path = Path.Combine(Repository.Root, one);
            if (File.Exists(path))
            {
                Directory.CreateDirectory(to);
                File.Copy(path, Path.Combine(to, one));
            }
            else
            {
                CopyFolder(new DirectoryInfo(path), Directory.CreateDirectory(to));
            }
        }
    }

    private static void CopyFolder(DirectoryInfo from, DirectoryInfo to)
    {
        foreach (var file in from.GetFiles())
        {
            file.CopyTo(Path.Combine(to.FullName, file.Name));
        }

        foreach (var below in from.GetDirectories().Where(below => !DockerIgnore.Contains($"**/{below.Name}")))
        {
            CopyFolder(below, to.CreateSubdirectory(below.Name));
        }
    }

    private static string Run(string line, string within, int exitCode)
    {
        // No build server may outlive this, and no setting of whoever runs it may reach a host.
        var (code, output) = Script.Line(
            line, within, new() { ["MSBUILDDISABLENODEREUSE"] = "1", ["UseSharedCompilation"] = "false", ["ConnectionStrings__SessionGrains"] = "" }, Patience);
        Assert.True(code == exitCode, $"{line}: {code}: {output}");
        return output;
    }

    private static bool IsCompiledAhead(string file)
    {
        using var image = new PEReader(File.OpenRead(file));
        return image.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size > 0;
    }
}
