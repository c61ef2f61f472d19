using System.Diagnostics;

namespace SessionGrains.Telemetry;

/// <summary>Takes a caller's trace along, and none of the baggage: that is any text, and would go on to whoever is asked next.</summary>
internal sealed class TraceContextOnly : DistributedContextPropagator
{
    private const string Parent = "traceparent";
    private const string State = "tracestate";

    private static readonly DistributedContextPropagator Known = CreateW3CPropagator();

    public override IReadOnlyCollection<string> Fields => [Parent, State];

    public override void Inject(Activity? activity, object? carrier, PropagatorSetterCallback? setter) =>
        Known.Inject(activity, carrier, setter is null ? null : (target, name, value) =>
        {
            if (name is Parent or State)
            {
                setter(target, name, value);
            }
        });

    public override void ExtractTraceIdAndState(object? carrier, PropagatorGetterCallback? getter, out string? traceId, out string? traceState) =>
        Known.ExtractTraceIdAndState(carrier, getter, out traceId, out traceState);

    public override IEnumerable<KeyValuePair<string, string?>>? ExtractBaggage(object? carrier, PropagatorGetterCallback? getter) => null;
}
