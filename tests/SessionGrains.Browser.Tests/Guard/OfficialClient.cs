using System.Text.Json.Nodes;
using Microsoft.Playwright;
using SessionGrains.Browser.Tests.Demo;

namespace SessionGrains.Browser.Tests.Guard;

/// <summary>OpenAI's own client, used as its tutorial says, in a call of a brokered workflow.</summary>
internal sealed class OfficialClient : GuardedPage
{
    private OfficialClient(LocalHost host, IBrowserContext context, IPage page, JsonNode started, Witness witness)
        : base(host, context, page, started, witness)
    {
    }

    public static async Task<OfficialClient> Open(Chromium chromium, LocalHost host, string definition)
    {
        await using (await TestPage.Start())
        {
            var (context, page, started, witness) = await Prepare(chromium, host, definition);
            await page.AddScriptTagAsync(new() { Path = Path.Combine(TestPage.Folder, "dist", "page.js"), Type = "module" });
            await page.WaitForFunctionAsync("() => window.lab");
            return new OfficialClient(host, context, page, started, witness)
            {
                Call = (await page.EvaluateAsync<string?>(
                    "([url, secret]) => lab.connect('webrtc', url, secret)", new[] { (string)started["connection"]!["url"]!, (string)started["client_secret"]!["value"]! }))!,
            };
        }
    }
}
