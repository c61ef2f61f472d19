using System.Text.Json.Nodes;

namespace SessionGrains.Bench.Minimal;

/// <summary>The application's tools. They honour the key: the same call has its effect once, however often it is sent.</summary>
internal sealed class ToolApi(HttpClient http)
{
    public async Task<string> Run(string tool, string session, string call, JsonObject arguments, string owner, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, tool)
        {
            Content = JsonContent.Create(new { workflow_id = session, call_id = call, tool, arguments, user = new { sub = owner } }),
        };
        request.Headers.Add("Idempotency-Key", $"{session}/{call}");
        using var response = (await http.SendAsync(request, cancellationToken)).EnsureSuccessStatusCode();
        return await response.Content.ReadAsStringAsync(cancellationToken);
    }
}
