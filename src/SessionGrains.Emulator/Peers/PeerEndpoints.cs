using SessionGrains.Emulator.Calls;
using SessionGrains.Emulator.Control;
using SessionGrains.Emulator.Sockets;

namespace SessionGrains.Emulator.Peers;

/// <summary>Serves the peer page, and the socket by which it serves us.</summary>
internal static class PeerEndpoints
{
    public static void MapPeer(this WebApplication app)
    {
        app.MapGet("/peer", () => Results.Text(ReadPage("peer.html"), "text/html; charset=utf-8"));
        app.MapGet("/peer.js", () => Results.Text(ReadPage("peer.js"), "text/javascript; charset=utf-8"));
        app.MapGet("/_emulator/peers", (PeerPages peers) => Results.Json(new { count = peers.Count }));
        app.MapGet("/_emulator/peer", Serve);
    }

    private static async Task<IResult> Serve(HttpContext context, PeerPages peers, CallRegistry calls, EmulatorSettings settings)
    {
        // A page of another origin must not be able to answer calls in our page's place.
        if (!context.WebSockets.IsWebSocketRequest
            || !Uri.TryCreate(context.Request.Headers.Origin, UriKind.Absolute, out var origin)
            || origin.Authority != context.Request.Host.Value)
        {
            return Results.StatusCode(403);
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        using var buffer = new MemoryStream();
        var chunk = new byte[16 * 1024];
        var page = new PeerPage(calls, settings);
        peers.Add(page);
        try
        {
            await page.Run(socket, () => SocketReader.Next(socket, buffer, chunk, context.RequestAborted), context.RequestAborted);
        }
        finally
        {
            peers.Remove(page);
        }

        return Results.Empty;
    }

    private static string ReadPage(string name)
    {
        using var reader = new StreamReader(typeof(PeerEndpoints).Assembly.GetManifestResourceStream($"SessionGrains.Emulator.Peers.{name}")!);
        return reader.ReadToEnd();
    }
}
