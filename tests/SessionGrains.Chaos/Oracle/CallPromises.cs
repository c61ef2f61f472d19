using static System.FormattableString;

namespace SessionGrains.Chaos.Oracle;

/// <summary>What must hold of calls at OpenAI: they have an owner, and they end.</summary>
internal static class CallPromises
{
    // Two clocks on one machine, read at different moments of the same step.
    private static readonly TimeSpan SameMoment = TimeSpan.FromMilliseconds(100);

    // OpenAI may take that long to create a call that was asked for in time.
    private static readonly TimeSpan LongestCreation = TimeSpan.FromSeconds(8);

    /// <summary>Nothing is minted or created before somebody is responsible for it.</summary>
    public static Promise Owned { get; } = new(
        "owned", "every secret and every call has a workflow that was stored before it",
        history => Finding.Of(
            history.Mints.Select(mint => (What: "a secret", mint.Tag, mint.At)).Concat(history.Calls.Select(call => (What: call.Id, call.Tag, At: call.CreatedAt))),
            one => history.Of(one.Tag) is not { } owner ? $"{one.What} of {one.Tag} has no workflow"
                : owner.CreatedAt > one.At + SameMoment + history.Skew ? $"{one.What} of {one.Tag} is older than its workflow"
                : null));

    /// <summary>Lateness at OpenAI's side: from a deadline to the hang-up that OpenAI accepted.</summary>
    /// <param name="during">What must be broken while some of them are due; otherwise it was not tried.</param>
    public static Promise HungUpWithin(TimeSpan bound, string? during = null) => new(
        "on time", Invariant($"every call is hung up within {bound.TotalSeconds:0} s of its deadline"),
        history =>
        {
            var due = Due(history);
            // One that could not be saved is hung up at once: nobody was given it.
            var told = history.Replies.Where(reply => reply.IsYes).Select(reply => reply.Call).ToHashSet();
            var tried = history.Troubles.Where(trouble => trouble.What == during)
                .Sum(trouble => due.Count(one => trouble.From < one.Owner.ExpiresAt && one.Owner.ExpiresAt < trouble.To));
            var late = due.Where(one => one.Call.OverAt is not null).Select(one => (one.Call.OverAt!.Value - one.Owner.ExpiresAt).TotalSeconds).Order().ToList();
            var finding = Finding.Of(
                due,
                one => one.Call.OverAt is not { } over ? $"{one.Call.Id} was never hung up"
                    : over > one.Owner.ExpiresAt + bound ? Invariant($"{one.Call.Id} was hung up {(over - one.Owner.ExpiresAt).TotalSeconds:0.0} s late")
                    : over < one.Owner.ExpiresAt - SameMoment && told.Contains(one.Call.Id) ? Invariant($"{one.Call.Id} was hung up {(one.Owner.ExpiresAt - over).TotalSeconds:0.0} s early")
                    : null,
                late.Count is 0 ? "none was due" : Invariant($"{late.Count} hung up {late[late.Count / 2]:0.0} s late in the middle, {late[^1]:0.0} s at most{(during is null ? "" : $", {tried} due meanwhile")}"));
            return during is null ? finding : finding with { Cases = tried };
        });

    /// <summary>The same by the clock of the one who asked, where those of the silos cannot be believed.</summary>
    public static Promise LastsAsLongAsPromised(TimeSpan bound) => new(
        "true time", Invariant($"every call lasts as long as its definition says, within {bound.TotalSeconds:0} s"),
        history =>
        {
            var started = history.Replies.Where(reply => reply is { Ask: Ask.Start, IsYes: true }).ToLookup(reply => reply.Tag, reply => reply.At);
            var lives = (from one in Due(history)
                         from start in started[one.Call.Tag].Take(1)
                         where one.Call.OverAt is not null
                         select (one.Call.Id, Late: one.Call.OverAt!.Value - start - (one.Owner.ExpiresAt - one.Owner.CreatedAt))).ToList();
            return Finding.Of(
                lives,
                life => life.Late.Duration() > bound ? Invariant($"{life.Id} lasted {life.Late.TotalSeconds:+0.0;-0.0} s longer than promised") : null,
                Invariant($"{lives.Count} lasted between {lives.Select(life => life.Late.TotalSeconds).DefaultIfEmpty().Min():+0.0;-0.0} and {lives.Select(life => life.Late.TotalSeconds).DefaultIfEmpty().Max():+0.0;-0.0} s longer than promised"));
        });

    /// <summary>A store that is away is no reason to let a call run on.</summary>
    /// <param name="slack">How long a silo may take to notice that the store does not answer.</param>
    public static Promise HungUpMeanwhile(string trouble, TimeSpan slack) => new(
        "hung up meanwhile", "calls that are due in the meantime are hung up in the meantime",
        history => Finding.Of(
            from one in Due(history)
            from outage in history.Troubles.Where(outage => outage.What == trouble)
            where one.Owner.ExpiresAt > outage.From && one.Owner.ExpiresAt + slack < outage.To
            select (one.Call, one.Owner, outage),
            one => one.Call.OverAt is { } over && over <= one.Owner.ExpiresAt + slack ? null
                : Invariant($"{one.Call.Id} was due {(one.outage.To - one.Owner.ExpiresAt).TotalSeconds:0.0} s before the end of \"{trouble}\" and hung up {(one.Call.OverAt - one.Owner.ExpiresAt)?.TotalSeconds:0.0} s late")));

    /// <summary>A call that loses its sideband gets another one.</summary>
    public static Promise HeldAgainWithin(TimeSpan bound) => new(
        "held again", Invariant($"a call that loses its owner has another within {bound.TotalSeconds:0} s"),
        history =>
        {
            var gaps = (from call in history.Calls
                        from lost in call.Sidebands
                        where lost.To is { } to && to + SameMoment < (call.OverAt ?? DateTimeOffset.MaxValue)
                        let gap = Gap(call, lost.To!.Value)
                        where gap is not null || call.OverAt is not { } over || over - lost.To > bound
                        select (call.Id, Gap: gap)).ToList();
            return Finding.Of(
                gaps,
                one => one.Gap is not { } gap ? $"{one.Id} lost its owner and got no other"
                    : gap > bound ? Invariant($"{one.Id} was without an owner for {gap.TotalSeconds:0.0} s")
                    : null,
                Invariant($"{gaps.Count} changed their owner, without one for {gaps.Select(one => one.Gap?.TotalSeconds ?? 0).DefaultIfEmpty().Max():0.0} s at most"));
        });

    /// <summary>What breaks around a call does not end it.</summary>
    public static Promise NoneEnded { get; } = new(
        "none ended", "no call ends because of it",
        history => Finding.Of(
            history.Stored.Where(one => one.Calls.Count > 0),
            one => one.EndReason is null or "max_duration" or "user_ended" ? null : $"{one.Workflow} ended: {one.EndReason}"));

    /// <summary>The end is final: what comes after it costs money that nobody asked for.</summary>
    public static Promise NothingAfterTheEnd { get; } = new(
        "final", "nothing is minted, created or sent to a tool after a workflow's end",
        history => Finding.Of(
            from stored in history.Stored
            where stored.EndedAt is not null
            from effect in history.Mints.Where(mint => mint.Tag == stored.Tag).Select(mint => (What: "a secret was minted", mint.At, Grace: TimeSpan.Zero))
                .Concat(history.Calls.Where(call => call.Tag == stored.Tag).Select(call => (What: $"{call.Id} was created", At: call.CreatedAt, Grace: LongestCreation)))
                .Concat(history.ToolRequests.Where(request => request.Workflow == stored.Workflow).Select(request => (What: $"{request.CallId} was sent", request.At, Grace: ToolPromises.SendWindow)))
            select (stored, effect),
            one => one.effect.At > one.stored.EndedAt + one.effect.Grace + SameMoment ? $"{one.effect.What} after the end of {one.stored.Workflow}" : null));

    /// <summary>At every instant no user has more calls at OpenAI than the definition allows.</summary>
    public static Promise Quota(int allowed) => new(
        "quota", $"at no instant has a user more than {allowed} live calls",
        history =>
        {
            var users = history.Calls.GroupBy(call => call.User).Select(calls => (User: calls.Key, Most: MostAtOnce(calls.Select(call => (call.CreatedAt, PlaceBackAt(history, call)))))).ToList();
            return Finding.Of(
                users, user => user.Most > allowed ? $"{user.User} had {user.Most} calls at once" : null,
                $"{history.Calls.Count} calls of {users.Count} users, {users.Select(user => user.Most).DefaultIfEmpty().Max()} at once at most");
        });

    /// <summary>Calls whose deadline ended them, or should have. One that died with the silo that created it is known to nobody, and its workflow says so.</summary>
    private static List<(Call Call, Stored Owner)> Due(History history) =>
    [
        .. from call in history.Calls
           let owner = history.Of(call.Tag)
           where owner is { EndReason: null or "max_duration" } && !IsLost(call, owner)
           select (call, owner),
    ];

    private static bool IsLost(Call call, Stored? owner) => owner is { HangUp: "unverified" } && !owner.Calls.Contains(call.Id);

    /// <summary>From when on somebody else may have a call's place. A lost one is silent, for nobody has its answer, and takes its place until its workflow ends.</summary>
    private static DateTimeOffset PlaceBackAt(History history, Call call) =>
        history.Of(call.Tag) is { EndedAt: { } ended } owner && IsLost(call, owner) && !(call.OverAt < ended) ? ended : call.OverAt ?? DateTimeOffset.MaxValue;

    /// <summary>How long nobody listened from a moment on; null when nobody did any more.</summary>
    private static TimeSpan? Gap(Call call, DateTimeOffset from) =>
        call.Sidebands.Any(other => other.From <= from && (other.To ?? DateTimeOffset.MaxValue) > from) ? TimeSpan.Zero
        : call.Sidebands.Where(other => other.From > from).Select(other => (TimeSpan?)(other.From - from)).Min();

    private static int MostAtOnce(IEnumerable<(DateTimeOffset From, DateTimeOffset To)> calls)
    {
        // Where one ends as another begins, the end counts first: OpenAI had accepted the hang-up.
        var changes = calls
            .SelectMany(call => ((DateTimeOffset At, int By)[])[(call.From, 1), (call.To, -1)])
            .OrderBy(change => change.At).ThenBy(change => change.By);
        var (live, most) = (0, 0);
        foreach (var (_, by) in changes)
        {
            live += by;
            most = Math.Max(most, live);
        }

        return most;
    }
}
