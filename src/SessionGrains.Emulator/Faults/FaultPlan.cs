using System.Text.Json.Nodes;

namespace SessionGrains.Emulator.Faults;

/// <summary>The faults still to come, in the order they were asked for.</summary>
internal sealed class FaultPlan
{
    public static readonly IReadOnlySet<string> Endpoints =
        new HashSet<string> { "client_secrets", "calls", "hangup", "sideband", "browser" };

    private readonly Lock gate = new();
    private readonly List<(Fault Fault, int Left)> planned = [];

    public void Add(Fault fault)
    {
        lock (gate)
        {
            planned.Add((fault, fault.Times));
        }
    }

    public void Clear()
    {
        lock (gate)
        {
            planned.Clear();
        }
    }

    /// <summary>The fault that hits this request, if one does; a later fault waits until the earlier ones are used up.</summary>
    public Fault? Take(string endpoint, string? callId)
    {
        lock (gate)
        {
            var index = planned.FindIndex(p => p.Fault.Endpoint == endpoint && (p.Fault.CallId is null || p.Fault.CallId == callId));
            if (index < 0)
            {
                return null;
            }

            var (fault, left) = planned[index];
            if (left == 1)
            {
                planned.RemoveAt(index);
            }
            else if (left > 1)
            {
                planned[index] = (fault, left - 1);
            }

            return fault;
        }
    }

    public JsonArray ToJson()
    {
        lock (gate)
        {
            return [.. planned.Select(p => new JsonObject { ["endpoint"] = p.Fault.Endpoint, ["call_id"] = p.Fault.CallId, ["left"] = p.Left })];
        }
    }
}
