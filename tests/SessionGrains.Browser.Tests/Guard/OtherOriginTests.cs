using SessionGrains.Browser.Tests.Demo;
using SessionGrains.Browser.Tests.Sdk;

namespace SessionGrains.Browser.Tests.Guard;

/// <summary>A page of another origin that somehow has a valid token: its browser lets it do nothing.</summary>
[Collection(OneLocalHost.Name)]
public sealed class OtherOriginTests(Chromium chromium, LocalHost host)
{
    [Fact]
    public async Task It_can_neither_start_nor_read_nor_follow_nor_connect_nor_end_nor_load_the_SDK()
    {
        var token = await host.Token("mallory");
        var started = await host.Post("/v1/workflows", """{"definition":"sealed-intake","inputs":{"customer":"C-17"}}""", token);
        var before = await What(token);
        await using var site = await SdkPage.Start();
        await using var context = await chromium.Browser.NewContextAsync();
        await context.GrantPermissionsAsync(["microphone"]);
        var page = await context.NewPageAsync();
        await page.GotoAsync(site.Url);
        await page.WaitForFunctionAsync("() => window.lab");

        var tried = await page.EvaluateAsync<string>(
            """
            async ([api, token, id, secret]) => {
              const authorization = `Bearer ${token}`;
              const json = { authorization, 'content-type': 'application/json' };
              const start = { method: 'POST', body: JSON.stringify({ definition: 'sealed-intake', inputs: { customer: 'C-17' } }) };
              const attempts = {
                start: () => fetch(`${api}/v1/workflows`, { ...start, headers: json }),
                list: () => fetch(`${api}/v1/workflows`, { headers: { authorization } }),
                read: () => fetch(`${api}/v1/workflows/${id}`, { headers: { authorization } }),
                events: () => fetch(`${api}/v1/workflows/${id}/events`, { headers: { authorization } }),
                renew: () => fetch(`${api}/v1/workflows/${id}/client_secret`, { method: 'POST', headers: json, body: '{}' }),
                connect: () => fetch(`${api}/v1/realtime/calls`, { method: 'POST', headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/sdp' }, body: 'v=0' }),
                end: () => fetch(`${api}/v1/workflows/${id}/end`, { method: 'POST', headers: json, body: '{}' }),
                sdk: () => import(`${api}/sdk/index.js`),
                ours: async () => { const { VoiceWorkflow } = await import('/sdk/index.js'); await VoiceWorkflow.start({ endpoint: api, token, definition: 'sealed-intake', inputs: { customer: 'C-17' } }); },
              };
              // Without a preflight a request goes out, but it cannot carry the token.
              await fetch(`${api}/v1/workflows`, { ...start, mode: 'no-cors' });
              await fetch(`${api}/v1/workflows/${id}/end`, { method: 'POST', mode: 'no-cors', body: '{}' });
              const outcomes = {};
              for (const [name, attempt] of Object.entries(attempts)) {
                outcomes[name] = await attempt().then(() => 'done', (error) => error.code ?? error.name);
              }
              return JSON.stringify(outcomes);
            }
            """,
            new[] { host.Url.ToString().TrimEnd('/'), token, (string)started["id"]!, (string)started["client_secret"]!["value"]! });

        Assert.Equal(
            """{"start":"TypeError","list":"TypeError","read":"TypeError","events":"TypeError","renew":"TypeError","connect":"TypeError","end":"TypeError","sdk":"TypeError","ours":"unreachable"}""",
            tried);
        Assert.Equal(before, await What(token));
        await host.Post($"/v1/workflows/{started["id"]}/end", "{}", token);
    }

    /// <summary>What lives on the server, and everything that OpenAI was asked.</summary>
    private async Task<string> What(string token)
    {
        var live = (await host.Get("/v1/workflows", token))["data"]!.AsArray().Select(each => $"{each!["id"]} {each["status"]}");
        var calls = (await host.Ledger("call.created")).Count;
        return $"{string.Join(' ', live)}, {calls} calls";
    }
}
