using System.Collections.Immutable;

namespace SessionGrains.Api.Tests;

/// <summary>A pretended operations grain: it notes what it is asked, and answers with one of each.</summary>
internal sealed class FakeOperations : IOperationsGrain
{
    public FakeGrains? Grains { get; set; }

    public (WorkflowFilter Filter, int Limit, string? After)? Listed { get; private set; }

    public Revocation? Revoked { get; private set; }

    public (UserId By, RevocationTarget Target)? Lifted { get; private set; }

    public (string Definition, EvaluationRequest Request)? Evaluated { get; private set; }

    public List<(AuditQuestion Question, int Limit, string? After)> Audited { get; } = [];

    public (UserId By, string Silo, string? Reason)? Drained { get; private set; }

    public (WebhookQuestion Question, int Limit, string? After)? AskedForWebhooks { get; private set; }

    public (UserId By, string Id, string? Reason)? Redelivered { get; private set; }

    /// <summary>Whether there is such a block, silo or webhook.</summary>
    public bool Knows { get; set; } = true;

    /// <summary>What the cluster looks like.</summary>
    public ImmutableArray<SiloSummary> Silos { get; set; } = TwoSilos;

    /// <summary>What asking for the cluster fails with.</summary>
    public Exception? ClusterFault { get; set; }

    /// <summary>How many pages of audit events there are.</summary>
    public int AuditPages { get; set; } = 1;

    public Task<RecordPage> Workflows(WorkflowFilter filter, int limit, string? after)
    {
        Grains!.Enter("Workflows");
        Listed = (filter, limit, after);
        return Task.FromResult(new RecordPage([new(Picture.Of(WorkflowId.New()), Token.Ada, null, [])], "next~page~0"));
    }

    public Task<RevocationCounts> Revoke(Revocation revocation)
    {
        Grains!.Enter("RevokeAll");
        Revoked = revocation;
        return Task.FromResult(new RevocationCounts("op_1", 3, 2, 1, true, revocation.BlockFor > TimeSpan.Zero ? Token.Noon + revocation.BlockFor : null));
    }

    public Task<ImmutableArray<StartBlock>> Blocks()
    {
        Grains!.Enter("Blocks");
        return Task.FromResult<ImmutableArray<StartBlock>>([new(new("ada", "acme", null, null), Token.Noon)]);
    }

    public Task<bool> Lift(UserId by, RevocationTarget target)
    {
        Grains!.Enter("Lift");
        Lifted = (by, target);
        return Task.FromResult(Knows);
    }

    public Task<ImmutableArray<DefinitionSummary>> Definitions()
    {
        Grains!.Enter("Definitions");
        return Task.FromResult<ImmutableArray<DefinitionSummary>>(
            [new("voice-intake", "abc", ConnectionMode.Sealed, "gpt-realtime", ["lookup_order"], """{"name":"voice-intake"}""")]);
    }

    public Task<Outcome<Evaluation>> Evaluate(string definition, EvaluationRequest request)
    {
        Grains!.Enter("Evaluate");
        Evaluated = (definition, request);
        return Task.FromResult<Outcome<Evaluation>>(definition == "none"
            ? new Refusal(RefusalCode.DefinitionNotFound, "There is no such definition.")
            : new Evaluation(false, [new("allow.scopes", false, "It takes the scope voice.")], definition, "abc", [new("$.limits", null, "{}")], 7));
    }

    public Task<AuditPage> Audit(AuditQuestion question, int limit, string? after)
    {
        Grains!.Enter("Audit");
        Audited.Add((question, limit, after));
        var entry = new AuditEntry($"wf_{Audited.Count}", 0, Token.Noon, "started", "Sealed", "ada", "acme", "voice-intake", "aa");
        return Task.FromResult(new AuditPage([entry, entry with { Seq = 1, Kind = "ended", Detail = null }], Audited.Count < AuditPages ? $"{Audited.Count}" : null));
    }

    public Task<ImmutableArray<SiloSummary>> Cluster()
    {
        Grains!.Enter("Cluster");
        return ClusterFault is { } fault ? Task.FromException<ImmutableArray<SiloSummary>>(fault) : Task.FromResult(Silos);
    }

    public Task<SiloSummary?> Drain(UserId by, string silo, string? reasonDetail)
    {
        Grains!.Enter("Drain");
        Drained = (by, silo, reasonDetail);
        return Task.FromResult(Knows ? Silo : null);
    }

    public Task<WebhookPage> Webhooks(WebhookQuestion question, int limit, string? after)
    {
        Grains!.Enter("Webhooks");
        AskedForWebhooks = (question, limit, after);
        return Task.FromResult(new WebhookPage([Webhook, Webhook with { Status = WebhookStatus.Delivered, NextAttemptAt = null, SettledAt = Token.Noon, AnswerStatus = 204, Error = null }], "17"));
    }

    public Task<WebhookDelivery?> Redeliver(UserId by, string id, string? reasonDetail)
    {
        Grains!.Enter("Redeliver");
        Redelivered = (by, id, reasonDetail);
        return Task.FromResult(Knows ? Webhook with { Attempts = 0, AnswerStatus = null, Error = null } : null);
    }

    public void Reset()
    {
        (Listed, Revoked, Lifted, Evaluated, Drained, AskedForWebhooks, Redelivered) = (null, null, null, null, null, null, null);
        Audited.Clear();
        (Knows, AuditPages) = (true, 1);
        (Silos, ClusterFault) = (TwoSilos, null);
    }

    public static SiloSummary Silo { get; } = new("silo-1", "host", "active", Token.Noon, 12, 5, 4);

    private static ImmutableArray<SiloSummary> TwoSilos { get; } = [Silo, Silo with { Name = "silo-2", Status = "silent", Activations = null, Workflows = null, Sidebands = null }];

    private static WebhookDelivery Webhook { get; } = new(
        "msg_1", "billing", "wf_1", "workflow.ended", Token.Noon, WebhookStatus.Pending, 2, Token.Noon.AddSeconds(30), null, 503, "status 503");
}
