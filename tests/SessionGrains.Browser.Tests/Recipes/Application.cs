using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using SessionGrains.Browser.Tests.Sdk;
using SessionGrains.Testing.Hosts;

namespace SessionGrains.Browser.Tests.Recipes;

/// <summary>
/// Somebody's application, made of nothing but the recipes: its backend in Node.js, its pages, and the local host as the API, which trusts the backend's key.
/// What the recipes call the reader's own (who is signed in) is made up here.
/// </summary>
public sealed class Application : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("sessiongrains-application-").FullName;
    private readonly string key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
    private readonly StringBuilder output = new();
    private PretendOpenAI openAI = null!;
    private HostProcess api = null!;
    private Process? backend;

    internal PretendOpenAI OpenAI => openAI;

    /// <summary>Where the API is.</summary>
    public Uri Api => api.Url;

    /// <summary>Where the application's own pages are.</summary>
    public Uri Url { get; } = new($"http://127.0.0.1:{HostProcess.FreePort()}");

    /// <summary>What the processes printed.</summary>
    public string Output
    {
        get
        {
            lock (output)
            {
                return $"{output}{api.Output}";
            }
        }
    }

    public async ValueTask InitializeAsync()
    {
        await TestPage.Install();
        openAI = await PretendOpenAI.StartAsync();
        api = await HostProcess.StartAsync("Local", new Dictionary<string, string>(openAI.Configuration)
        {
            ["SessionGrains__Data"] = Path.Combine(folder, "data"),
            ["Authentication__Schemes__Bearer__ValidIssuer"] = "https://app.example.com",
            ["Authentication__Schemes__Bearer__ValidAudiences__0"] = "sessiongrains",
            ["Authentication__Schemes__Bearer__SigningKeys__0__Issuer"] = "https://app.example.com",
            ["Authentication__Schemes__Bearer__SigningKeys__0__Value"] = key,
            ["SessionGrains__Cors__Origins__0"] = Url.GetLeftPart(UriPartial.Authority),
        });
        Directory.CreateDirectory(Path.Combine(folder, "public"));
        Directory.CreateSymbolicLink(Path.Combine(folder, "node_modules"), Path.Combine(TestPage.Folder, "node_modules"));
        // The SDK as npm would install it, so that its package.json is tried as well.
        Directory.CreateDirectory(Path.Combine(folder, "packages"));
        Directory.CreateSymbolicLink(Path.Combine(folder, "packages", "sessiongrains"), Path.Combine(SdkPage.Sources, "sdk"));
        await Write("package.json", """{"type":"module"}""");
        await Write("public/favicon.ico", "");
        await Serve();
    }

    /// <summary>One of the recipes.</summary>
    public Task<string> Recipe(string language, string with) => BrowserDoc.Block(language, with, Api);

    public Task Write(string file, string text) => File.WriteAllTextAsync(Path.Combine(folder, file), text);

    /// <summary>Makes a page out of a script and whatever that imports.</summary>
    public async Task Bundle(string script, string name)
    {
        await Build([script, "--define:process.env.NODE_ENV=\"development\"", $"--outfile=public/{name}.js"]);
        await Write($"public/{name}.html", $"""<!doctype html><html lang="en"><meta charset="utf-8"><title>{name}</title><div id="root"></div><script type="module" src="{name}.js"></script></html>""");
    }

    /// <summary>Runs a script of the backend, in which <c>@</c> is the application's own folder, as in Next.js; answers what it printed.</summary>
    public async Task<string> RunBackend(string script, params string[] arguments)
    {
        await Build([script, "--platform=node", "--alias:@=.", "--outfile=backend.mjs"]);
        return await Run("node", ["backend.mjs", .. arguments]);
    }

    public async ValueTask DisposeAsync()
    {
        if (backend is not null)
        {
            backend.Kill();
            await backend.WaitForExitAsync();
            backend.Dispose();
        }

        await api.DisposeAsync();
        await openAI.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private async Task Serve()
    {
        await Write("server.js", await Recipe("js", "express()"));
        await Write("sign-in.js", """
            export function requireSignIn(request, response, next) {
              if (!/(^|; )session=ada/.test(request.headers.cookie ?? '')) { return response.sendStatus(401); }
              request.user = { id: 'ada', company: 'acme', name: 'Ada' };
              next();
            }
            """);
        backend = new Process { StartInfo = Prepare("node", ["server.js"]) };
        backend.OutputDataReceived += Keep;
        backend.ErrorDataReceived += Keep;
        backend.Start();
        backend.BeginOutputReadLine();
        backend.BeginErrorReadLine();
        using var http = new HttpClient();
        await Until.True(
            async () =>
            {
                Assert.False(backend.HasExited, Output);
                try
                {
                    return (await http.GetAsync(new Uri(Url, "/favicon.ico"))).IsSuccessStatusCode;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            "the application's backend");
    }

    private Task<string> Build(string[] arguments) =>
        Run(Path.Combine(TestPage.Folder, "node_modules", ".bin", "esbuild"), ["--bundle", "--format=esm", "--jsx=automatic", "--log-level=warning", .. arguments]);

    private async Task<string> Run(string program, string[] arguments)
    {
        using var run = Process.Start(Prepare(program, arguments))!;
        var said = await Task.WhenAll(run.StandardOutput.ReadToEndAsync(), run.StandardError.ReadToEndAsync());
        await run.WaitForExitAsync();
        Assert.True(run.ExitCode == 0, string.Concat(said));
        return said[0];
    }

    private ProcessStartInfo Prepare(string program, string[] arguments) => new(program, arguments)
    {
        WorkingDirectory = folder,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        Environment = { ["SESSIONGRAINS_SIGNING_KEY"] = key, ["PORT"] = $"{Url.Port}", ["NODE_PATH"] = Path.Combine(folder, "packages") },
    };

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (output)
        {
            output.AppendLine(line.Data);
        }
    }
}
