namespace SessionGrains.Api.Tests;

/// <summary>A pretended workflow grain: it knows its owner and notes what it was asked.</summary>
internal sealed class FakeWorkflow(WorkflowId id, FakeGrains grains) : IWorkflowGrain
{
    public const string Secret = "ek_sg_canary-of-the-client-secret";
    public const string Answer = "v=0\r\ns=canary-of-the-answer\r\n";

    public WorkflowId Id => id;

    public UserId? Owner { get; set; }

    public FakeEvents Told { get; } = new(id);

    public Task<Outcome<StartedWorkflow>> Start(Caller caller, StartWorkflow request, CancellationToken cancellationToken = default)
    {
        grains.Enter("Start");
        (grains.LastCaller, grains.LastStart) = (caller, request);
        Owner = caller.User;
        return Task.FromResult<Outcome<StartedWorkflow>>(grains.Refusal is { } refusal
            ? refusal
            : grains.OnStarted(new(Picture.Of(id), new(Secret, Token.Noon.AddSeconds(30)), false)));
    }

    public Task<Outcome<WorkflowView>> View(UserId caller) => Own("View", caller);

    public Task<Outcome<StartedWorkflow>> RenewSecret(UserId caller, CancellationToken cancellationToken = default)
    {
        grains.Enter("RenewSecret");
        return Task.FromResult<Outcome<StartedWorkflow>>((caller != Owner ? Refusal.NotFound : grains.Refusal) is { } refusal
            ? refusal
            : new StartedWorkflow(Picture.Of(id), new(Secret, Token.Noon.AddSeconds(30)), false));
    }

    public Task<Outcome<CallAnswer>> Connect(string secretHash, string offer, CancellationToken cancellationToken = default)
    {
        grains.Enter("Connect");
        (grains.LastSecretHash, grains.LastOffer) = (secretHash, offer);
        return Task.FromResult<Outcome<CallAnswer>>(grains.Refusal is { } refusal
            ? refusal
            : new CallAnswer(CallId.Parse("rtc_answered"), Answer));
    }

    public Task<Outcome<CallAnswer>> ConnectOnce(string secretHash, string offer, string requestId, CancellationToken cancellationToken = default)
    {
        grains.RequestIds.Add(requestId);
        return grains.Silences-- > 0 ? new TaskCompletionSource<Outcome<CallAnswer>>().Task : Connect(secretHash, offer, cancellationToken);
    }

    public Task<Outcome<WorkflowView>> ReportCall(UserId caller, CallId call) => Own($"ReportCall {call}", caller);

    public Task<Outcome<WorkflowView>> Heartbeat(UserId caller) => Own("Heartbeat", caller);

    public Task<Outcome<WorkflowView>> End(UserId caller, string? reasonDetail)
    {
        grains.LastReasonDetail = reasonDetail;
        return Own("End", caller);
    }

    public async Task<Outcome<EventPage>> Events(UserId caller, long? after, bool opens, CancellationToken cancellationToken = default)
    {
        Told.Asked.Enqueue((after, opens));
        grains.Enter("Events");
        return (caller != Owner ? Refusal.NotFound : grains.NextRefusal()) is { } refusal
            ? refusal
            : await Told.Next(after, opens, cancellationToken);
    }

    public Task<Outcome<WorkflowRecord>> Inspect() => Record("Inspect");

    public Task<Outcome<WorkflowRecord>> Revoke(UserId by, string? reasonDetail)
    {
        grains.LastReasonDetail = reasonDetail;
        return Record($"Revoke by {by.Subject}");
    }

    public Task Supersede() => throw new NotSupportedException();

    public Task Knock() => throw new NotSupportedException();

    private Task<Outcome<WorkflowRecord>> Record(string call)
    {
        grains.Enter(call);
        return Task.FromResult<Outcome<WorkflowRecord>>((Owner is null ? Refusal.NotFound : grains.Refusal) is { } refusal
            ? refusal
            : new WorkflowRecord(Picture.Of(id), Owner!, "enough", [new(Token.Noon, "started", "Sealed")]));
    }

    private Task<Outcome<WorkflowView>> Own(string call, UserId caller)
    {
        grains.Enter(call);
        return Task.FromResult<Outcome<WorkflowView>>((caller != Owner ? Refusal.NotFound : grains.Refusal) is { } refusal
            ? refusal
            : Picture.Of(id));
    }
}
