using System.Diagnostics;
using System.Net;

namespace SessionGrains.Api.Tests;

/// <summary>The API's own host as an operator starts it: a process with an environment.</summary>
public sealed class ProgramTests
{
    private const string Nowhere = "Host=127.0.0.1;Port=1;Username=u;Password=canary-password;Database=d;Timeout=1";

    private static readonly Dictionary<string, string> Issuer = new()
    {
        ["Authentication__Schemes__Bearer__ValidIssuer"] = Token.Issuer,
        ["Authentication__Schemes__Bearer__ValidAudiences__0"] = Token.Audience,
        ["Authentication__Schemes__Bearer__SigningKeys__0__Issuer"] = Token.Issuer,
        ["Authentication__Schemes__Bearer__SigningKeys__0__Value"] = Convert.ToBase64String(Token.Key),
    };

    [Fact]
    public async Task Without_a_connection_string_it_says_one_sentence_and_does_not_start()
    {
        using var process = Run(Issuer);

        var said = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1, process.ExitCode);
        Assert.StartsWith("ConnectionStrings:SessionGrains is missing", Assert.Single(Lines(said)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_an_audience_it_says_one_sentence_and_does_not_start()
    {
        var settings = new Dictionary<string, string>(Issuer) { ["ConnectionStrings__SessionGrains"] = Nowhere };
        settings.Remove("Authentication__Schemes__Bearer__ValidAudiences__0");
        using var process = Run(settings);

        var told = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var said = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1, process.ExitCode);
        Assert.Contains("at least one audience", Assert.Single(Lines(said)), StringComparison.Ordinal);
        Assert.DoesNotContain("canary-password", await told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_database_it_lives_says_that_it_is_not_ready_and_stops_when_asked()
    {
        using var process = Run(new(Issuer) { ["ConnectionStrings__SessionGrains"] = Nowhere });
        using var client = new HttpClient { BaseAddress = await AddressOf(process) };
        var rest = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);

        using var live = await client.GetAsync("/livez", TestContext.Current.CancellationToken);
        using var ready = await client.GetAsync("/readyz", TestContext.Current.CancellationToken);
        await AskToStop(process);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable), (live.StatusCode, ready.StatusCode));
        Assert.Equal(0, process.ExitCode);
        Assert.DoesNotContain("canary-password", await rest, StringComparison.Ordinal);
    }

    private static Process Run(Dictionary<string, string> settings)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "SessionGrains.Api.dll")])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    private static async Task<Uri> AddressOf(Process process)
    {
        const string Said = "Now listening on: ";
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.Contains(Said, StringComparison.Ordinal))
            {
                // Its lines are JSON: the address ends where a text does.
                return new(line[(line.IndexOf(Said, StringComparison.Ordinal) + Said.Length)..].Split('"')[0]);
            }
        }

        throw new InvalidOperationException("The API stopped before it listened.");
    }

    private static async Task AskToStop(Process process)
    {
        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(null as IFormatProvider)]);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
