using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using SessionGrains.Tools;

namespace SessionGrains.Grains.Definitions;

/// <summary>Asks the application over HTTP. Whatever is no clear yes is a no.</summary>
internal sealed class HttpStartAuthorizer(
    AuthorizerSettings settings, IHttpClientFactory clients, IConfiguration variables, TimeProvider clock, ILogger logger) : IStartAuthorizer
{
    public const string ClientName = "SessionGrains.StartAuthorizer";
    public const int MaxReplyBytes = 64 * 1024;

    private const int MaxReasonLength = 300;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 8, AllowDuplicateProperties = false };

    private static readonly StartVerdict NoAnswer = new(false, "The application gave no answer.");

    public async ValueTask<StartVerdict> Authorize(Caller caller, string definition, JsonElement inputs, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(settings.Timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var request = Ask(caller, definition, inputs);
            using var client = clients.CreateClient(ClientName);
            using var response = await client.SendAsync(request, either.Token);
            if (response.IsSuccessStatusCode)
            {
                return Read(await response.Content.ReadAsStringAsync(either.Token));
            }

            logger.AuthorizerGaveNoAnswer(definition, $"status {(int)response.StatusCode}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            logger.AuthorizerGaveNoAnswer(definition, "timeout");
        }
        catch (Exception failed) when (failed is HttpRequestException or JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            // The kind is enough: a message may quote what the application sent.
            logger.AuthorizerGaveNoAnswer(definition, failed.GetType().Name);
        }

        return NoAnswer;
    }

    private HttpRequestMessage Ask(Caller caller, string definition, JsonElement inputs)
    {
        var question = new JsonObject
        {
            ["user"] = new JsonObject { ["sub"] = caller.User.Subject, ["tid"] = caller.User.Tenant },
            ["definition"] = definition,
            ["inputs"] = JsonObject.Create(inputs),
        };
        var body = JsonSerializer.SerializeToUtf8Bytes<JsonNode>(question);
        var request = new HttpRequestMessage(HttpMethod.Post, settings.Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (settings.SigningSecretEnv is { } variable)
        {
            // Read for each question, so that a new secret needs no restart; an unsigned question is never sent instead.
            WebhookSignature.Sign(request.Headers, $"msg_{Guid.NewGuid():N}", clock.GetUtcNow(), body, variables[variable] ?? "");
        }

        return request;
    }

    private static StartVerdict Read(string reply)
    {
        var answer = JsonElement.Parse(reply, Strict);
        var isAllowed = answer.GetProperty("allow").GetBoolean();
        var reason = answer.TryGetProperty("reason", out var words) && words.ValueKind == JsonValueKind.String ? words.GetString() : null;
        return new(isAllowed, reason?.Length > MaxReasonLength ? reason[..MaxReasonLength] : reason);
    }
}
