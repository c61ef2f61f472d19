using SessionGrains.Emulator.ClientSecrets;
using SessionGrains.Emulator.Clocks;

namespace SessionGrains.Emulator.Http;

/// <summary>Reads the bearer of a request: the header, or the subprotocol that browsers use in its place.</summary>
internal sealed class Credentials(EmulatorOptions options, ClientSecretStore secrets, EmulatorClock clock)
{
    private const string BearerPrefix = "Bearer ";
    private const string SubprotocolPrefix = "openai-insecure-api-key.";

    /// <summary>The credential, or the 401 to answer with. Only its own call takes a secret after its expiry.</summary>
    public (Credential? Credential, OpenAIError? Error) Read(HttpContext context, bool acceptExpired = false)
    {
        if (TokenOf(context) is not { Length: > 0 } token)
        {
            return (null, new OpenAIError(401, "Missing bearer authentication in header"));
        }

        var id = Credential.IdOf(token);
        if (secrets.Find(id) is { } secret)
        {
            return acceptExpired || secret.ExpiresAt > clock.Now
                ? (new Credential(id, secret), null)
                : (null, new OpenAIError(401, "Ephemeral token has expired.", "token_expired"));
        }

        var isKnown = options.ApiKeys.Count == 0
            ? token.StartsWith("sk-", StringComparison.Ordinal)
            : options.ApiKeys.Contains(token);
        return isKnown
            ? (new Credential(id, null), null)
            : (null, new OpenAIError(401, "Incorrect API key provided. You can find your API key at https://platform.openai.com/account/api-keys.", "invalid_api_key"));
    }

    private static string? TokenOf(HttpContext context)
    {
        var header = context.Request.Headers.Authorization.ToString();
        return header.StartsWith(BearerPrefix, StringComparison.OrdinalIgnoreCase)
            ? header[BearerPrefix.Length..].Trim()
            : context.WebSockets.WebSocketRequestedProtocols
                .FirstOrDefault(p => p.StartsWith(SubprotocolPrefix, StringComparison.Ordinal))?[SubprotocolPrefix.Length..];
    }
}
