using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenAI.Realtime;

namespace SessionGrains.OpenAI;

/// <summary>
/// Speaks to the Realtime API through the OpenAI package: its client mints; its pipeline, with its authentication,
/// carries the calls endpoints, which the package (2.15.0) does not have.
/// </summary>
internal sealed class RealtimeApiClient : IRealtimeClient
{
    private const string SafetyIdentifierHeader = "OpenAI-Safety-Identifier";

    private readonly OpenAIOptions settings;
    private readonly ApiKey apiKey;
    private readonly RealtimeClient realtime;
    private readonly ProviderCalls calls;
    private readonly ILogger log;

    public RealtimeApiClient(
        IOptions<OpenAIOptions> options, ApiKey key, IHttpClientFactory http, ProviderCalls calls, ILogger<RealtimeApiClient> logger)
    {
        (settings, apiKey, this.calls, log) = (options.Value, key, calls, logger);
        realtime = new RealtimeClient(key.Credential, new RealtimeClientOptions
        {
            Endpoint = new Uri(settings.BaseUrl),
            Transport = new HttpClientPipelineTransport(http.CreateClient(nameof(RealtimeApiClient))),
            // The package's default is four attempts: it could mint four secrets that nobody can revoke.
            RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
            NetworkTimeout = TimeSpan.FromSeconds(30),
        });
    }

    public async Task<Reply<MintedSecret>> MintAsync(
        string sessionJson, TimeSpan timeToLive, string safetyIdentifier, CancellationToken cancellationToken)
    {
        var body = new JsonObject
        {
            ["expires_after"] = new JsonObject { ["anchor"] = "created_at", ["seconds"] = (int)timeToLive.TotalSeconds },
            ["session"] = JsonNode.Parse(sessionJson),
        };

        return await AskAsync(
            "mint",
            sessionJson,
            async ct =>
            {
                apiKey.Refresh();
                var request = new RequestOptions { ErrorOptions = ClientErrorBehaviors.NoThrow, CancellationToken = ct };
                request.SetHeader(SafetyIdentifierHeader, safetyIdentifier);
                var result = await realtime.CreateRealtimeClientSecretAsync(BinaryContent.Create(BinaryData.FromString(body.ToJsonString())), request);
                return result.GetRawResponse();
            },
            ReadSecretAsync,
            cancellationToken);
    }

    public Task<Reply<CreatedCall>> CreateCallAsync(
        string offer, string sessionJson, string safetyIdentifier, CancellationToken cancellationToken) =>
        AskAsync(
            "create_call",
            sessionJson,
            async ct =>
            {
                using var message = Message("realtime/calls", ct);
                // Whatever becomes of the answer, its headers name the call that there is now.
                message.BufferResponse = false;
                var (body, mediaType) = CallForm.Create(offer, sessionJson);
                using var content = body;
                message.Request.Headers.Set("Content-Type", mediaType);
                message.Request.Headers.Set(SafetyIdentifierHeader, safetyIdentifier);
                message.Request.Content = content;
                await realtime.Pipeline.SendAsync(message);
                return message.ExtractResponse()!;
            },
            ReadCallAsync,
            cancellationToken);

    public async Task<HangUpReply> HangUpAsync(string callId, string? secret, CancellationToken cancellationToken)
    {
        using var asked = calls.Begin("hang_up", call: callId);
        // One for all keys together: who hangs up waits no longer because there are several.
        using var deadline = Deadline(settings.HangUpTimeout, cancellationToken);
        Task<HangUpReply> HangUp(string key) => HangUpAsync(callId, key, deadline.Token, cancellationToken);
        var reply = secret is not null
            ? await HangUp(secret)
            : await apiKey.AskAsync(HangUp, reply => reply is HangUpReply.NotFound or HangUpReply.Failed { Fault.Kind: ProviderFaultKind.Rejected });
        if (reply is HangUpReply.Failed(var fault))
        {
            asked.Failed(fault);
            log.RequestFailed("hang up", fault.Kind, fault.Detail);
        }

        return reply;
    }

    private async Task<HangUpReply> HangUpAsync(string callId, string key, CancellationToken deadline, CancellationToken callerGaveUp)
    {
        try
        {
            using var message = Message($"realtime/calls/{Uri.EscapeDataString(callId)}/hangup", deadline, key);
            await realtime.Pipeline.SendAsync(message);
            var response = message.Response!;
            if (!response.IsError)
            {
                return new HangUpReply.Accepted();
            }

            var fault = ProviderFaults.Read(response);
            return response.Status is 404 || fault.Code is "call_id_not_found"
                ? new HangUpReply.NotFound()
                : new HangUpReply.Failed(fault.Fault);
        }
        catch (Exception e) when (ProviderFaults.TryRead(e, callerGaveUp, out var fault, out _))
        {
            return new HangUpReply.Failed(fault);
        }
    }

    private async Task<Reply<T>> AskAsync<T>(
        string operation,
        string sessionJson,
        Func<CancellationToken, Task<PipelineResponse>> send,
        Func<PipelineResponse, CancellationToken, ValueTask<T>> read,
        CancellationToken cancellationToken)
    {
        using var asked = calls.Begin(operation, sessionJson);
        try
        {
            using var deadline = Deadline(settings.CreateTimeout, cancellationToken);
            using var response = await send(deadline.Token);
            if (!response.IsError)
            {
                var made = await read(response, deadline.Token);
                asked.IsAbout((made as CreatedCall)?.CallId);
                if (made is CreatedCall { Answer: null })
                {
                    Failed(new(ProviderFaultKind.Unavailable, "the answer broke"));
                }

                return new Reply<T>.Done(made);
            }

            await response.BufferContentAsync(deadline.Token);

            var fault = Failed(ProviderFaults.Read(response).Fault);
            // A server error says nothing about whether the thing now exists.
            return response.Status >= 500 ? new Reply<T>.Unknown(fault) : new Reply<T>.Refused(fault);
        }
        catch (Exception e) when (ProviderFaults.TryRead(e, cancellationToken, out var fault, out var wasSent))
        {
            Failed(fault);
            return wasSent ? new Reply<T>.Unknown(fault) : new Reply<T>.Refused(fault);
        }

        ProviderFault Failed(ProviderFault fault)
        {
            asked.Failed(fault);
            log.RequestFailed(operation.Replace('_', ' '), fault.Kind, fault.Detail);
            return fault;
        }
    }

    /// <param name="key">What the request is sent with instead of the server's key of now.</param>
    private PipelineMessage Message(string path, CancellationToken cancellationToken, string? key = null)
    {
        apiKey.Refresh();
        var message = realtime.Pipeline.CreateMessage();
        message.ResponseClassifier = PipelineMessageClassifier.Create([200, 201, 202, 204]);
        message.Request.Method = "POST";
        message.Request.Uri = new Uri($"{settings.BaseUrl.TrimEnd('/')}/{path}");

        var options = new RequestOptions { CancellationToken = cancellationToken };
        if (key is not null)
        {
            options.AddPolicy(new SecretPolicy(key), PipelinePosition.BeforeTransport);
        }

        message.Apply(options);
        return message;
    }

    private static CancellationTokenSource Deadline(TimeSpan after, CancellationToken cancellationToken)
    {
        var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(after);
        return deadline;
    }

    private static ValueTask<MintedSecret> ReadSecretAsync(PipelineResponse response, CancellationToken cancellationToken)
    {
        using var json = JsonDocument.Parse(response.Content);
        return new(new MintedSecret(
            json.RootElement.GetProperty("value").GetString() ?? throw new JsonException("The secret is null."),
            DateTimeOffset.FromUnixTimeSeconds(json.RootElement.GetProperty("expires_at").GetInt64())));
    }

    private static async ValueTask<CreatedCall> ReadCallAsync(PipelineResponse response, CancellationToken cancellationToken)
    {
        // The Location is relative and ends with the call's id.
        var id = response.Headers.TryGetValue("Location", out var location) ? location!.Split('?')[0].TrimEnd('/').Split('/')[^1] : "";
        if (!id.StartsWith("rtc_", StringComparison.Ordinal))
        {
            throw new JsonException("The answer names no call.");
        }

        try
        {
            return new(id, (await response.BufferContentAsync(cancellationToken)).ToString());
        }
        catch (Exception e) when (ProviderFaults.TryRead(e, CancellationToken.None, out _, out _))
        {
            return new(id, Answer: null);
        }
    }
}
