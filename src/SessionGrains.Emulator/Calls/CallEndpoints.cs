using System.Text.Json.Nodes;
using SessionGrains.Emulator.Clocks;
using SessionGrains.Emulator.Control;
using SessionGrains.Emulator.Faults;
using SessionGrains.Emulator.Http;
using SessionGrains.Emulator.Ledgers;
using SessionGrains.Emulator.Media;
using SessionGrains.Emulator.Peers;

namespace SessionGrains.Emulator.Calls;

/// <summary>Creates calls and hangs them up.</summary>
internal static class CallEndpoints
{
    public static void MapCalls(this RouteGroupBuilder realtime)
    {
        realtime.MapPost("/calls", Create).AddEndpointFilter(new FaultFilter("calls"));
        realtime.MapPost("/calls/{callId}/hangup", HangUp).AddEndpointFilter(new FaultFilter("hangup"));
    }

    private static async Task<IResult> Create(
        HttpContext context, Credentials credentials, EmulatorSettings settings, CallRegistry calls, PeerPages peers, Ledger ledger)
    {
        var (credential, refused) = credentials.Read(context);
        if (refused is not null)
        {
            return refused;
        }

        var (form, invalid) = await CallForm.Read(context.Request, credential!);
        if (invalid is not null)
        {
            return invalid;
        }

        var model = form!.Session["model"]?.GetValue<string>();
        if (model is not null && settings.Current.ModelsRefused.Contains(model))
        {
            return new OpenAIError(403, $"Project does not have access to model `{model}`", "model_not_found");
        }

        var call = calls.CreateCall(credential!, form.Offer, form.Session);
        var answer = await peers.Answer(call);
        await ledger.Record("call.created", call.Id, call.Session.Id, credential!.Secret?.Id, 201, new JsonObject
        {
            ["created_with"] = credential.Kind,
            ["key_id"] = credential.IsKey ? credential.Id : null,
            ["model"] = call.Session.Model,
            ["has_data_channel"] = form.Offer.HasDataChannel,
            ["answered_by"] = answer is null ? "silence" : "peer",
            ["safety_identifier"] = context.Request.Headers["OpenAI-Safety-Identifier"].FirstOrDefault() ?? credential.Secret?.SafetyIdentifier,
            ["session"] = form.Session.DeepClone(),
        });

        context.Response.Headers.Location = $"/v1/realtime/calls/{call.Id}";
        return Results.Text(answer ?? SilentAnswer.To(form.Offer), "text/plain; charset=utf-8", statusCode: 201);
    }

    private static async Task<IResult> HangUp(
        string callId, HttpContext context, Credentials credentials, EmulatorSettings settings, EmulatorClock clock, CallRegistry calls, Ledger ledger)
    {
        var behaviour = settings.Current;
        var (credential, refused) = credentials.Read(context, behaviour.ExpiredSecretsControl);
        if (refused is not null)
        {
            return refused;
        }

        if (calls.Find(callId) is not { Offer: not null } call
            || !behaviour.MayHangUp(credential!, call)
            || clock.Now < call.CreatedAt.AddSeconds(behaviour.Hangup404Seconds)
            || !call.BeginHangUp())
        {
            return OpenAIError.CallNotFound(int.Parse(behaviour.HangupUnknown, null));
        }

        // Recorded first: whoever sees the call end finds the hang-up that ended it in the ledger.
        await ledger.Record("call.hangup", call.Id, call.Session.Id, credential!.Secret?.Id, 200, new JsonObject { ["by"] = credential.Kind });
        calls.EndSoon(call, "hung_up");
        return Results.Ok();
    }
}
