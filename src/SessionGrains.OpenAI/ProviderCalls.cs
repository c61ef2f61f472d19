using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json;
using Microsoft.Extensions.Options;

namespace SessionGrains.OpenAI;

/// <summary>Tells traces and metrics of each request to OpenAI: what it was, of which model, how long it took and how it ended.</summary>
/// <remarks>Named by OpenTelemetry's conventions for generative AI. Where nobody listens, nothing is looked up.</remarks>
internal sealed class ProviderCalls
{
    public const string Name = "SessionGrains.OpenAI";

    private static readonly ActivitySource Source = new(Name);
    private static readonly double[] Seconds = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15];

    private readonly Histogram<double> duration;
    private readonly TimeProvider clock;
    private readonly Uri address;

    public ProviderCalls(IMeterFactory meters, IOptions<OpenAIOptions> options, TimeProvider clock)
    {
        this.clock = clock;
        address = new Uri(options.Value.BaseUrl);
        duration = meters.Create(Name).CreateHistogram(
            "gen_ai.client.operation.duration", "s", "Time of a request to OpenAI: to mint, create a call, attach to it or hang it up.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds });
    }

    /// <summary>Begins to watch one request.</summary>
    /// <param name="sessionJson">Where the request names its model.</param>
    public ProviderCall Begin(string operation, string? sessionJson = null, string? call = null)
    {
        var isWatched = duration.Enabled || Source.HasListeners();
        var model = isWatched && sessionJson is not null ? ModelOf(sessionJson) : null;
        var span = Source.HasListeners() ? Source.StartActivity(model is null ? operation : $"{operation} {model}", ActivityKind.Client) : null;
        if (span is { IsAllDataRequested: true })
        {
            span.SetTag("gen_ai.operation.name", operation).SetTag("gen_ai.provider.name", "openai").SetTag("gen_ai.request.model", model)
                .SetTag("gen_ai.conversation.id", call).SetTag("server.address", address.Host).SetTag("server.port", address.Port);
        }

        return new(operation, model, span, clock.GetTimestamp(), Ended);
    }

    private void Ended(ProviderCall call)
    {
        if (duration.Enabled)
        {
            var tags = new TagList
            {
                { "gen_ai.operation.name", call.Operation },
                { "gen_ai.provider.name", "openai" },
                { "server.address", address.Host },
            };
            AddKnown(ref tags, "gen_ai.request.model", call.Model);
            AddKnown(ref tags, "error.type", call.ErrorType);
            duration.Record(clock.GetElapsedTime(call.Began).TotalSeconds, tags);
        }
    }

    private static void AddKnown(ref TagList tags, string name, string? value)
    {
        if (value is not null)
        {
            tags.Add(name, value);
        }
    }

    private static string? ModelOf(string sessionJson)
    {
        try
        {
            using var session = JsonDocument.Parse(sessionJson);
            return session.RootElement.GetProperty("model").GetString();
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            // OpenAI will say what is wrong with it.
            return null;
        }
    }
}

/// <summary>One request to OpenAI that is under way.</summary>
internal sealed class ProviderCall(string operation, string? model, Activity? span, long began, Action<ProviderCall> ended) : IDisposable
{
    public string Operation => operation;

    public string? Model => model;

    public long Began => began;

    /// <summary>How it failed, as one of few words; null when it did not.</summary>
    public string? ErrorType { get; private set; }

    /// <summary>The call that it made, if it made one.</summary>
    public void IsAbout(string? call) => span?.SetTag("gen_ai.conversation.id", call);

    public void Failed(ProviderFault fault)
    {
        ErrorType = fault.Kind.ToString();
        span?.SetTag("error.type", ErrorType).SetStatus(ActivityStatusCode.Error, fault.Detail);
    }

    public void Dispose()
    {
        ended(this);
        span?.Dispose();
    }
}
