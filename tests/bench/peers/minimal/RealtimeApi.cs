using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace SessionGrains.Bench.Minimal;

/// <summary>What is asked of OpenAI.</summary>
internal sealed class RealtimeApi(HttpClient http)
{
    private const string Request =
        """
        {"expires_after":{"anchor":"created_at","seconds":30},
         "session":{"type":"realtime","model":"gpt-realtime-2.1","instructions":"You take the intake call.","audio":{"output":{"voice":"marin"}},
          "tools":[{"type":"function","name":"keyed_it","description":"The keyed tool of the tests.",
           "parameters":{"type":"object","properties":{"n":{"type":"integer","minimum":0}},"required":["n"],"additionalProperties":false}}]}}
        """;

    /// <summary>A client secret; it is answered and kept nowhere.</summary>
    public async Task<string> Mint(string owner, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "realtime/client_secrets") { Content = new StringContent(Request, Encoding.UTF8, "application/json") };
        request.Headers.Add("OpenAI-Safety-Identifier", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(owner))));
        using var response = (await http.SendAsync(request, cancellationToken)).EnsureSuccessStatusCode();
        var minted = await JsonNode.ParseAsync(await response.Content.ReadAsStreamAsync(cancellationToken), cancellationToken: cancellationToken);
        return (string)minted!["value"]!;
    }

    /// <summary>Hangs up; a call that OpenAI does not know is over.</summary>
    public async Task HangUp(string call)
    {
        using var response = await http.PostAsync($"realtime/calls/{call}/hangup", null);
        if (response.StatusCode is not HttpStatusCode.NotFound)
        {
            response.EnsureSuccessStatusCode();
        }
    }
}
