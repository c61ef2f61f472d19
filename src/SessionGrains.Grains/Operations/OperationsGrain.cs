using System.Collections.Immutable;
using System.Text.Json;
using Orleans.Concurrency;
using SessionGrains.Grains.Audit;
using SessionGrains.Grains.Definitions;
using SessionGrains.Grains.Storage;
using SessionGrains.Grains.Workflows;

namespace SessionGrains.Grains.Operations;

/// <summary>Answers operators; what takes rules or time is done by others.</summary>
[StatelessWorker]
internal sealed class OperationsGrain(
    WorkflowSearch search,
    MassRevocation revocation,
    StartBlocks blocks,
    AuditTrails trails,
    AuditRedaction redaction,
    DryRun dryRun,
    DefinitionCatalog catalog,
    ClusterReport cluster,
    WebhookLedger webhooks,
    TimeProvider clock)
    : Grain, IOperationsGrain
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public async Task<RecordPage> Workflows(WorkflowFilter filter, int limit, string? after)
    {
        var place = ListPlace.Parse(after);
        var found = await search.Find(
            new(PhaseOf(filter), filter.Owner, filter.Tenant, filter.Definition),
            limit + 1,
            place is null ? null : new(place.Id, place.At, null),
            default);
        var page = found.Take(limit).ToList();
        var read = await Task.WhenAll(page.Select(TryRecord));
        return new(
            [.. read.Select(one => one.Record).OfType<WorkflowRecord>()],
            found.Count > limit ? new ListPlace(page[^1].At, page[^1].Id).ToString() : null)
        {
            Silent = [.. page.Zip(read).Where(one => one.Second.IsSilent).Select(one => one.First.Id)],
        };
    }

    public Task<RevocationCounts> Revoke(Revocation order) => revocation.Run(order);

    public async Task<ImmutableArray<StartBlock>> Blocks() =>
    [
        .. (await blocks.Find(clock.GetUtcNow(), default)).Select(block => new StartBlock(
            new(block.Match.Subject, block.Match.Tenant, block.Match.Definition, block.Match.Tool), block.Until)),
    ];

    public async Task<bool> Lift(UserId by, RevocationTarget target)
    {
        await trails.File(OperatorAction.Lift(OperatorAction.NewId(), by, redaction.Apply(target), clock.GetUtcNow()), default);
        return await blocks.Lift(MassRevocation.MatchOf(target), default);
    }

    public Task<ImmutableArray<DefinitionSummary>> Definitions() => Task.FromResult<ImmutableArray<DefinitionSummary>>(
    [
        .. catalog.Current.Select(definition => new DefinitionSummary(
            definition.Name, definition.Version, definition.Mode, definition.Model, [.. definition.Tools.Select(tool => tool.Name)], definition.Text)),
    ]);

    public Task<Outcome<Evaluation>> Evaluate(string definition, EvaluationRequest request) => dryRun.Run(definition, request);

    public async Task<AuditPage> Audit(AuditQuestion question, int limit, string? after)
    {
        var place = ListPlace.Parse(after);
        var found = await trails.Find(
            new(question.Workflow, question.Owner, question.Tenant, question.Definition),
            limit + 1,
            place is null ? null : new FiledEvent(place.Id, place.At, null, null, null, new(place.Seq, place.At, "", ""), ""),
            default);
        var page = found.Take(limit).ToList();
        return new(
            [.. page.Select(filed => new AuditEntry(
                filed.Id,
                filed.Event.Seq,
                filed.Event.At,
                filed.Event.Kind,
                filed.Event.Detail is "" ? null : filed.Event.Detail,
                filed.Subject,
                filed.Tenant,
                filed.Definition,
                filed.Hash))],
            found.Count > limit ? new ListPlace(page[^1].TrailAt, page[^1].Id, page[^1].Event.Seq).ToString() : null);
    }

    public Task<ImmutableArray<SiloSummary>> Cluster() => cluster.Read();

    public async Task<SiloSummary?> Drain(UserId by, string silo, string? reasonDetail)
    {
        if (await cluster.Find(silo) is not { } member)
        {
            return null;
        }

        await trails.File(OperatorAction.Drain(OperatorAction.NewId(), by, silo, reasonDetail, clock.GetUtcNow()), default);
        var summary = await cluster.Summarize(GrainFactory.GetGrain<IManagementGrain>(0), member);
        var report = await SiloGrain.Ask(GrainFactory, member.SiloAddress, each => each.Stop());
        return report.Name == silo ? summary with { Status = "draining" } : null;
    }

    public Task<WebhookPage> Webhooks(WebhookQuestion question, int limit, string? after) => webhooks.Read(question, limit, after);

    public Task<WebhookDelivery?> Redeliver(UserId by, string id, string? reasonDetail) => webhooks.Redeliver(by, id, reasonDetail);

    private static string? PhaseOf(WorkflowFilter filter) => filter switch
    {
        { Phase: { } phase } => JsonNamingPolicy.SnakeCaseLower.ConvertName(phase.ToString()),
        { IsLive: true } => WorkflowMatch.Live,
        { IsLive: false } => WorkflowMatch.Ended,
        _ => null,
    };

    /// <summary>One that does not answer must not take the list of all others from whoever looks for what is wrong.</summary>
    private async Task<(WorkflowRecord? Record, bool IsSilent)> TryRecord(FoundWorkflow found)
    {
        try
        {
            return (await Record(found).WaitAsync(Patience, clock), false);
        }
        catch (Exception)
        {
            return (null, true);
        }
    }

    /// <summary>A live one as its grain sees it, an ended one as it was filed; null for a slot whose workflow is not there, or not any more.</summary>
    private async Task<WorkflowRecord?> Record(FoundWorkflow found)
    {
        if (found.Report is { } report)
        {
            return WorkflowViews.ReadRecord(report, []);
        }

        var outcome = await GrainFactory.Workflow(WorkflowId.Parse(found.Id)).Inspect();
        return outcome.IsAccepted ? outcome.Value with { Trail = [], Approvals = [] } : null;
    }
}
