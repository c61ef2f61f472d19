using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Orleans.Configuration;

namespace SessionGrains.Api.Tests;

/// <summary>A real silo on loopback with pretended grains: what crosses the wire does so as in production.</summary>
internal sealed class LoopbackCluster : IAsyncDisposable
{
    private IHost? silo;

    public int GatewayPort { get; } = FreePort();

    private int SiloPort { get; } = FreePort();

    public async Task Start()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleans(orleans => orleans
            .UseLocalhostClustering(SiloPort, GatewayPort, serviceId: "sessiongrains", clusterId: "sessiongrains")
            .Configure<GrainTypeOptions>(types =>
            {
                // These are for tests without a cluster.
                types.Classes.Remove(typeof(FakeWorkflow));
                types.Classes.Remove(typeof(FakeWorkflowList));
                types.Classes.Remove(typeof(FakeToolCall));
                types.Classes.Remove(typeof(FakeOperations));
            }));
        silo = builder.Build();
        await silo.StartAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (silo is not null)
        {
            await silo.StopAsync(CancellationToken.None);
            silo.Dispose();
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>Answers a start with what arrived, or breaks as the definition's name says.</summary>
internal sealed class EchoWorkflowGrain : Grain, IWorkflowGrain
{
    public Task<Outcome<StartedWorkflow>> Start(Caller caller, StartWorkflow request, CancellationToken cancellationToken = default)
    {
        var view = Picture.Of(WorkflowId.Parse(this.GetPrimaryKeyString()));
        return request.Definition switch
        {
            "storage" => throw new NpgsqlException("canary", new SocketException()),
            "postgres" => throw new PostgresException("canary", "FATAL", "FATAL", "57P01"),
            "state" => throw new OrleansException("Error from storage provider", new NpgsqlException("canary")),
            "unknown" => throw new SiloOnlyDbException(),
            "bug" => throw new InvalidOperationException("canary"),
            "forbidden" => Task.FromResult<Outcome<StartedWorkflow>>(new Refusal(RefusalCode.Forbidden, "No.")
            {
                Faults = [new("allow.scopes", "One of: voice.start.")],
                RetryAfter = TimeSpan.FromSeconds(7),
            }),
            _ => Task.FromResult<Outcome<StartedWorkflow>>(new StartedWorkflow(view with { Metadata = Told(caller, request) }, null, false)),
        };
    }

    public Task<Outcome<WorkflowView>> View(UserId caller) => Task.FromResult<Outcome<WorkflowView>>(Refusal.NotFound);

    public Task<Outcome<StartedWorkflow>> RenewSecret(UserId caller, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<Outcome<CallAnswer>> Connect(string secretHash, string offer, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<Outcome<CallAnswer>> ConnectOnce(string secretHash, string offer, string requestId, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<Outcome<WorkflowView>> ReportCall(UserId caller, CallId call) => throw new NotSupportedException();

    public Task<Outcome<WorkflowView>> Heartbeat(UserId caller) => throw new NotSupportedException();

    public Task<Outcome<WorkflowView>> End(UserId caller, string? reasonDetail) => throw new NotSupportedException();

    public async Task<Outcome<EventPage>> Events(UserId caller, long? after, bool opens, CancellationToken cancellationToken = default)
    {
        var id = WorkflowId.Parse(this.GetPrimaryKeyString());
        if (after > 0)
        {
            using var left = cancellationToken.Register(() => Leavers.GetOrAdd(id, _ => new()).TrySetResult());
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }

        var view = Picture.Of(id);
        var call = Picture.OfCall(view.Id, ToolCallId.Parse("call_1"));
        return new EventPage([
            new WorkflowEvent.Updated(view) { Id = 1 },
            new WorkflowEvent.ToolCallUpdated(call) { Id = 2 },
            new WorkflowEvent.ApprovalRequested(call with { Status = ToolCallStatus.PendingApproval, ApproveBy = Token.Noon }) { Id = 3 },
            new WorkflowEvent.UsageUpdated(view.Usage, 0.5) { Id = 4 },
            new WorkflowEvent.TranscriptDelta("user", "item_1", "He") { Id = 5 },
            new WorkflowEvent.TranscriptDone("user", "item_1", "Hello") { Id = 6 },
            new WorkflowEvent.Expiring(view) { Id = 7 }]);
    }

    public Task<Outcome<WorkflowRecord>> Inspect() => throw new NotSupportedException();

    public Task<Outcome<WorkflowRecord>> Revoke(UserId by, string? reasonDetail) => throw new NotSupportedException();

    public Task Supersede() => throw new NotSupportedException();

    public Task Knock() => throw new NotSupportedException();

    private static ConcurrentDictionary<WorkflowId, TaskCompletionSource> Leavers { get; } = new();

    /// <summary>Completes when a listener of a workflow is gone before anything happened.</summary>
    public static Task Left(WorkflowId id) => Leavers.GetOrAdd(id, _ => new()).Task;

    private static ImmutableDictionary<string, string> Told(Caller caller, StartWorkflow request) => ImmutableDictionary<string, string>.Empty
        .Add("user", caller.User.ToString())
        .Add("departments", string.Join(',', caller.Values("department")))
        .Add("inputs", request.InputsJson);
}

/// <summary>Answers a tool call with what arrived.</summary>
internal sealed class EchoToolCallGrain : Grain, IToolCallGrain
{
    public Task<Outcome<ToolCallAnswer>> Relay(UserId caller, string name, string argumentsJson, CancellationToken cancellationToken = default) =>
        Task.FromResult<Outcome<ToolCallAnswer>>(new ToolCallAnswer(
            Call(name) with { Status = ToolCallStatus.PendingApproval, Output = argumentsJson, ApproveBy = Token.Noon, Approver = ToolCallApprover.Operator, Source = ToolCallSource.Sideband }, true));

    public Task<Outcome<ToolCallView>> View(UserId caller) => Task.FromResult<Outcome<ToolCallView>>(Call(caller.Subject));

    public Task<Outcome<ToolCallView>> Decide(Approver approver, bool isApproved, string argumentsHash) =>
        Task.FromResult<Outcome<ToolCallView>>(Call($"{approver.User.Subject} {approver.IsOperator} {isApproved} {argumentsHash}"));

    private ToolCallView Call(string name)
    {
        var key = this.GetPrimaryKeyString().Split('/');
        return Picture.OfCall(WorkflowId.Parse(key[0]), ToolCallId.Parse(key[1]), name);
    }
}

/// <summary>A list grain that always answers.</summary>
internal sealed class EchoListGrain : Grain, IWorkflowListGrain
{
    public Task<WorkflowPage> LiveOf(UserId caller, int limit, string? after) => Task.FromResult(new WorkflowPage([], after));

    public Task Ping() => Task.CompletedTask;

    public Task Reach() => Task.CompletedTask;
}

/// <summary>Stands for a provider's exception.</summary>
public sealed class SiloOnlyDbException() : System.Data.Common.DbException("canary");
