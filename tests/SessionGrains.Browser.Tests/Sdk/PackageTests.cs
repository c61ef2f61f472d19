using System.Diagnostics;
using System.IO.Compression;

namespace SessionGrains.Browser.Tests.Sdk;

/// <summary>What the SDK and the page weigh, and that their types say what their code does.</summary>
public sealed class PackageTests
{
    private const int SdkLimit = 8 * 1024;
    private const int PageLimit = 40 * 1024;

    [Fact]
    public void The_SDK_is_at_most_8_KB_gzipped_as_it_is_served()
    {
        var files = Scripts("sdk");
        var sizes = files.Select(file => (Name: Path.GetFileName(file), Bytes: Gzipped(file))).ToList();
        TestContext.Current.SendDiagnosticMessage("SDK, gzipped: {0}", string.Join(", ", sizes));

        Assert.Contains(sizes, size => size.Name == "index.js");
        Assert.InRange(sizes.Sum(size => size.Bytes), 1, SdkLimit);
    }

    [Fact]
    public void The_pages_own_JavaScript_is_at_most_40_KB()
    {
        var bytes = Scripts("demo").Sum(file => new FileInfo(file).Length);
        TestContext.Current.SendDiagnosticMessage("The demo's own JavaScript: {0} bytes", bytes);

        Assert.InRange(bytes, 1, PageLimit);
    }

    [Fact]
    public void The_SDK_and_the_page_depend_on_nothing()
    {
        foreach (var file in Scripts("sdk").Concat(Scripts("demo")))
        {
            var imports = File.ReadLines(file).Where(line => line.StartsWith("import ", StringComparison.Ordinal));
            Assert.All(imports, line => Assert.Matches("from '(\\./[a-z-]+\\.js|/sdk/index\\.js)';$", line));
        }

        Assert.DoesNotContain("\"dependencies\"", File.ReadAllText(Path.Combine(SdkPage.Sources, "sdk", "package.json")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_types_that_are_shipped_are_those_of_the_code()
    {
        var work = Directory.CreateTempSubdirectory("sessiongrains-types-").FullName;
        var sdk = Path.Combine(SdkPage.Sources, "sdk");
        foreach (var file in Scripts("sdk").Append(Path.Combine(sdk, "types.d.ts")).Append(Path.Combine(sdk, "tsconfig.json")).Append(Path.Combine(sdk, "package.json")))
        {
            File.Copy(file, Path.Combine(work, Path.GetFileName(file)));
        }

        await TypeScript(work);

        foreach (var generated in Directory.GetFiles(work, "*.d.ts").Where(file => Path.GetFileName(file) != "types.d.ts"))
        {
            Assert.Equal(File.ReadAllText(Path.Combine(sdk, Path.GetFileName(generated))), File.ReadAllText(generated), ignoreLineEndingDifferences: true);
        }

        Assert.Equal(
            Directory.GetFiles(sdk, "*.d.ts").Select(Path.GetFileName).Order(),
            Directory.GetFiles(work, "*.d.ts").Select(Path.GetFileName).Order());

        // And a page written against them is checked: right use passes, wrong use does not.
        await File.WriteAllTextAsync(Path.Combine(work, "tsconfig.json"), """{"compilerOptions":{"strict":true,"noEmit":true,"target":"es2024","module":"nodenext","lib":["es2024","dom"],"types":[]},"files":["use.ts"]}""", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(work, "use.ts"), """
            import { VoiceWorkflow, VoiceWorkflowError } from './index.js';
            const workflow = await VoiceWorkflow.start({ definition: 'voice-intake', inputs: { customer: 'C-17' }, token: async () => 't', on: { state: (s) => s satisfies 'connected' | (string & {}) } });
            const stop: () => void = workflow.on('transcript', ({ role, text, final }) => console.log(role, text.length, final));
            workflow.on('approval', async (call) => { const decided = await workflow.approve(call.call_id); console.log(decided.status); });
            workflow.on('error', (error: VoiceWorkflowError) => console.log(error.code, error.message));
            workflow.mute(); workflow.mute(false); stop();
            console.log((await workflow.end())?.end_reason, workflow.workflow?.usage.cost_usd, workflow.connection?.getStats());
            // @ts-expect-error there is no such event
            workflow.on('nothing', () => {});
            // @ts-expect-error a token is needed
            new VoiceWorkflow({ definition: 'voice-intake' });
            // @ts-expect-error nobody sets the state
            workflow.state = 'ended';
            """, TestContext.Current.CancellationToken);
        await TypeScript(work);
        Directory.Delete(work, recursive: true);
    }

    private static async Task TypeScript(string folder)
    {
        await TestPage.Install();
        using var tsc = Process.Start(new ProcessStartInfo(Path.Combine(TestPage.Folder, "node_modules", ".bin", "tsc"), ["-p", "."]) { WorkingDirectory = folder, RedirectStandardOutput = true })!;
        var said = await tsc.StandardOutput.ReadToEndAsync();
        await tsc.WaitForExitAsync();
        Assert.True(tsc.ExitCode == 0, said);
    }

    private static string[] Scripts(string part) => Directory.GetFiles(Path.Combine(SdkPage.Sources, part), "*.js");

    private static long Gzipped(string file)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            gzip.Write(File.ReadAllBytes(file));
        }

        return packed.Length;
    }
}
