using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Extensions.Logging;

namespace SessionGrains.Grains.Clients;

/// <summary>Lets clients, which is to say APIs, call what is meant for them, and nothing else of what a silo can do.</summary>
/// <remarks>
/// Who calls is what the message says. An API that speaks Orleans as everybody does cannot say anything else; who takes a whole API over
/// and forges messages can. What then protects a workflow is what each method asks of its caller.
/// </remarks>
internal sealed class ClientFilter(ILogger<ClientFilter> logger) : IIncomingGrainCallFilter
{
    // A silo calls grains in its own name as well, where no grain is at work.
    private const string SiloPrefix = "hosted-";

    // What Orleans' own client needs: the cluster's description, and the way to cancel a call.
    private static readonly string[] RuntimeInterfaces = ["Orleans.Runtime.IClusterManifestSystemTarget", "Orleans.Runtime.IGrainCallCancellationExtension"];

    // What Orleans' dashboard asks where it is on. Not for a grain's state: that says whose a workflow is, and what was asked of it.
    private static readonly string[] DashboardInterfaces =
        ["Orleans.Dashboard.Core.IDashboardGrain", "Orleans.Dashboard.Core.IDashboardRemindersGrain", "Orleans.Dashboard.Core.ISiloGrainProxy"];

    private readonly ConcurrentDictionary<MethodInfo, bool> known = new();

    public Task Invoke(IIncomingGrainCallContext context)
    {
        if (IsFromSilo(context.SourceId) || known.GetOrAdd(context.InterfaceMethod, IsForClients))
        {
            return context.Invoke();
        }

        logger.ClientRefused(context.InterfaceName, context.MethodName);
        throw new UnauthorizedAccessException($"{context.InterfaceName}.{context.MethodName} is not for clients.");
    }

    /// <summary>Whether a call comes from a grain or from a silo itself. A call that names nobody does not.</summary>
    internal static bool IsFromSilo(GrainId? source) =>
        source is { } id && (!id.IsClient() || id.Key.ToString()!.StartsWith(SiloPrefix, StringComparison.Ordinal));

    internal static bool IsForClients(MethodInfo method) =>
        method.IsDefined(typeof(ForClientsAttribute))
        || RuntimeInterfaces.Contains(method.DeclaringType?.FullName)
        || (DashboardInterfaces.Contains(method.DeclaringType?.FullName) && method.Name is not "GetGrainState");
}
