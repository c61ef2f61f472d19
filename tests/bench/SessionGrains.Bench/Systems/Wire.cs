using System.Net.Http.Headers;
using System.Text;
using SessionGrains.Bench.Loads;

namespace SessionGrains.Bench.Systems;

/// <summary>HTTP as a browser speaks it, with as little work of our own as can be.</summary>
internal sealed class Wire : IDisposable
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");
    private static readonly MediaTypeHeaderValue Sdp = new("application/sdp");

    private readonly HttpClient http;

    public Wire(Uri url)
    {
        var root = url.ToString();
        http = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false })
        {
            BaseAddress = new Uri(root.EndsWith('/') ? root : $"{root}/"),
            Timeout = TimeSpan.FromSeconds(60),
        };
    }

    public async Task<string> Post(string path, string token, string json)
    {
        using var response = await Send(path, token, json, Json);
        return await response.Content.ReadAsStringAsync();
    }

    /// <summary>Creates a call; its id.</summary>
    public async Task<string> Offer(string path, string secret, string offer)
    {
        using var response = await Send(path, secret, offer, Sdp);
        return response.Headers.Location!.OriginalString.Split('/')[^1];
    }

    public void Dispose() => http.Dispose();

    private async Task<HttpResponseMessage> Send(string path, string token, string body, MediaTypeHeaderValue type)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        request.Content.Headers.ContentType = type;
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        var response = await http.SendAsync(request);
        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            throw new WrongAnswerException($"{path.Split('/')[^1]}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
        }
    }
}
