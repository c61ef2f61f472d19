using System.Net.WebSockets;
using System.Text.Json.Nodes;
using SessionGrains.Emulator.Calls;
using SessionGrains.Emulator.Clocks;
using SessionGrains.Emulator.Control;
using SessionGrains.Emulator.Faults;
using SessionGrains.Emulator.Http;
using SessionGrains.Emulator.Sessions;

namespace SessionGrains.Emulator.Sockets;

/// <summary>The WebSocket door: a sideband to a running call, or a session of its own.</summary>
internal static class SocketEndpoints
{
    private const string Subprotocol = "realtime";

    public static void MapSockets(this RouteGroupBuilder realtime) => realtime.MapGet("", Connect).AddEndpointFilter(
        new FaultFilter(context => context.Request.Query.ContainsKey("call_id") ? "sideband" : "browser"));

    private static async Task<IResult> Connect(
        HttpContext context, Credentials credentials, EmulatorSettings settings, EmulatorClock clock, CallRegistry calls)
    {
        var callId = context.Request.Query["call_id"].FirstOrDefault();
        var (credential, refused) = credentials.Read(context, callId is not null && settings.Current.ExpiredSecretsControl);
        if (refused is not null)
        {
            return refused;
        }

        if (!context.WebSockets.IsWebSocketRequest)
        {
            return new OpenAIError(400, "This endpoint expects a WebSocket connection.", "invalid_request");
        }

        return callId is null
            ? await OpenSession(context, credential!, settings, calls)
            : await OpenSideband(context, credential!, callId, settings.Current, clock, calls);
    }

    private static async Task<IResult> OpenSideband(
        HttpContext context, Credential credential, string callId, Behaviour behaviour, EmulatorClock clock, CallRegistry calls)
    {
        if (calls.Find(callId) is not { Offer: not null } call
            || !behaviour.MayAttach(credential, call)
            || clock.Now < call.CreatedAt.AddSeconds(behaviour.Attach404Seconds))
        {
            return OpenAIError.CallNotFound(404);
        }

        await call.Session.Surroundings.Page.Record("sideband.attached", new JsonObject { ["by"] = credential.Kind }, 101);
        var closeCode = await Converse(context, call.Session, isSideband: true);
        await call.Session.Surroundings.Page.Record("sideband.detached", new JsonObject { ["close_code"] = closeCode });
        return Results.Empty;
    }

    private static async Task<IResult> OpenSession(HttpContext context, Credential credential, EmulatorSettings settings, CallRegistry calls)
    {
        var configured = credential.Secret?.Session.DeepClone().AsObject() ?? new JsonObject { ["type"] = "realtime" };
        var model = context.Request.Query["model"].FirstOrDefault();
        if (model is null && credential.IsKey)
        {
            return OpenAIError.Missing("model");
        }

        configured["model"] = model ?? configured["model"]?.DeepClone() ?? SessionConfiguration.DefaultModel;
        if (settings.Current.ModelsRefused.Contains(configured["model"]!.GetValue<string>()))
        {
            return new OpenAIError(403, $"Project does not have access to model `{configured["model"]}`", "model_not_found");
        }

        var call = calls.CreateSession(credential, configured);
        await call.Session.Surroundings.Page.Record("session.created", new JsonObject { ["created_with"] = credential.Kind, ["model"] = call.Session.Model }, 101);
        await Converse(context, call.Session, isSideband: false);
        calls.End(call, "browser_left");
        return Results.Empty;
    }

    /// <summary>Carries events both ways until one end closes; returns the code that the other end closed with.</summary>
    private static async Task<int?> Converse(HttpContext context, RealtimeSession session, bool isSideband)
    {
        var accept = new WebSocketAcceptContext();
        if (context.WebSockets.WebSocketRequestedProtocols.Contains(Subprotocol))
        {
            accept.SubProtocol = Subprotocol;
        }

        // Listening begins before the handshake is answered: whoever is connected misses nothing.
        using var sink = new SocketSink(isSideband, FaultFilter.Of(context));
        if (!session.Attach(sink))
        {
            sink.Close((int)WebSocketCloseStatus.NormalClosure, "");
        }

        try
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync(accept);
            return await Converse(context, socket, session, sink);
        }
        finally
        {
            session.Detach(sink);
        }
    }

    private static async Task<int?> Converse(HttpContext context, WebSocket socket, RealtimeSession session, SocketSink sink)
    {
        var otherEndDone = new TaskCompletionSource();
        var sending = sink.Run(socket, otherEndDone.Task, context.RequestAborted);
        using var buffer = new MemoryStream();
        var chunk = new byte[4096];
        while (await SocketReader.Next(socket, buffer, chunk, context.RequestAborted) is { } text)
        {
            var clientEvent = Json.ParseObject(text);
            await session.Surroundings.Page.RecordReceived(sink.IsSideband ? "sideband" : "browser", clientEvent);
            session.Receive(clientEvent);
        }

        otherEndDone.SetResult();
        sink.Close((int)WebSocketCloseStatus.NormalClosure, "");
        await sending;
        return (int?)socket.CloseStatus;
    }
}
