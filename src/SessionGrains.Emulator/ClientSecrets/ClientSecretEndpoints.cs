using System.Text.Json.Nodes;
using SessionGrains.Emulator.Faults;
using SessionGrains.Emulator.Http;
using SessionGrains.Emulator.Ledgers;
using SessionGrains.Emulator.Sessions;

namespace SessionGrains.Emulator.ClientSecrets;

/// <summary>Mints client secrets, with OpenAI's validation.</summary>
internal static class ClientSecretEndpoints
{
    private const int DefaultSeconds = 600;

    public static void MapClientSecrets(this RouteGroupBuilder realtime) =>
        realtime.MapPost("/client_secrets", Mint).AddEndpointFilter(new FaultFilter("client_secrets"));

    private static async Task<IResult> Mint(HttpContext context, Credentials credentials, ClientSecretStore secrets, Ledger ledger)
    {
        var (credential, refused) = credentials.Read(context);
        if (refused is not null)
        {
            return refused;
        }

        if (!credential!.IsKey)
        {
            return new OpenAIError(401, "Ephemeral tokens cannot create client secrets.", "invalid_api_key");
        }

        if (await Json.ReadObject(context.Request) is not { } body)
        {
            return new OpenAIError(400, "We could not parse the JSON body of your request.");
        }

        if (SessionShape.ClientSecretRequest.Check(body, "") is { } invalid)
        {
            return invalid;
        }

        var seconds = body["expires_after"]?["seconds"]?.GetValue<int>() ?? DefaultSeconds;
        var configured = body["session"]?.DeepClone() as JsonObject ?? new JsonObject { ["type"] = "realtime" };
        var safetyIdentifier = context.Request.Headers["OpenAI-Safety-Identifier"].FirstOrDefault();
        var (value, secret) = secrets.Mint(configured, seconds, safetyIdentifier);
        var sessionId = $"sess_{RandomId.Next()}";

        await ledger.Record("client_secret.created", sessionId: sessionId, secretId: secret.Id, status: 200, details: new JsonObject
        {
            ["key_id"] = credential.Id,
            ["expires_at"] = secret.ExpiresAt.ToUnixTimeSeconds(),
            ["seconds"] = seconds,
            ["safety_identifier"] = safetyIdentifier,
            ["session"] = configured.DeepClone(),
        });

        return Json.Result(new JsonObject
        {
            ["value"] = value,
            ["expires_at"] = secret.ExpiresAt.ToUnixTimeSeconds(),
            ["session"] = SessionConfiguration.Effective(configured, sessionId, expiresAt: 0),
        });
    }
}
