using System.Diagnostics;
using Microsoft.Playwright;

namespace SessionGrains.Browser.Tests;

/// <summary>Writes down what a page said and which of its requests failed, for whoever has to find out why a test did.</summary>
internal sealed class Witness
{
    private readonly long begun = Stopwatch.GetTimestamp();
    private readonly List<string> notes = [];

    public Witness(IPage page)
    {
        page.Console += (_, line) => Note($"console {line.Type}: {line.Text}");
        page.PageError += (_, error) => Note($"uncaught: {error}");
        page.Crash += (_, _) => Note("the page crashed");
        page.Request += (_, request) => Note($"{request.Method} {request.Url}");
        page.RequestFailed += (_, request) => Note($"FAILED {request.Method} {request.Url}: {request.Failure}");
        page.Response += (_, response) => Note($"{response.Status} {response.Request.Method} {response.Url}");
    }

    /// <summary>Writes it to the test's own output, which is shown where the test fails.</summary>
    /// <param name="more">What else somebody will want to know, such as a host's log.</param>
    public void Tell(string more = "")
    {
        lock (notes)
        {
            TestContext.Current.TestOutputHelper?.WriteLine(string.Join(Environment.NewLine, notes.Append(more)));
        }
    }

    private void Note(string what)
    {
        lock (notes)
        {
            notes.Add($"{Stopwatch.GetElapsedTime(begun).TotalSeconds,8:0.000} {what}");
        }
    }
}
