using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SessionGrains.Grains.Sideband;
using SessionGrains.Grains.Tests.Workflows;
using SessionGrains.Grains.ToolCalls;
using SessionGrains.OpenAI.Sideband;
using Xunit;

namespace SessionGrains.Grains.Tests.Sideband;

/// <summary>An owner of a sideband without Orleans, with a clock that only the test moves.</summary>
internal sealed class OwnerLab : IAsyncDisposable, ICallTools, ICallReports, IMeterFactory
{
    private readonly List<CallNews> _news = [];
    private readonly HashSet<string?> _tellers = [];
    private readonly List<Meter> _meters = [];
    private readonly ILoggerFactory _logging;

    public OwnerLab(ISidebandClient? client = null, TimeProvider? clock = null)
    {
        _logging = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(Logs));
        Sidebands = new(
            client ?? OpenAI,
            this,
            this,
            new Prices(Options.Create(new PriceOptions())),
            new SidebandMetrics(this),
            clock ?? Clock,
            _logging.CreateLogger<SidebandOwner>());
    }

    public Clock Clock { get; } = new();

    public PretendSideband OpenAI { get; } = new();

    public Logs Logs { get; } = new();

    public Sidebands Sidebands { get; }

    public SidebandOwner Owner { get; private set; } = null!; // held before anybody asks

    /// <summary>What tools are asked, and what they answer: done, where no script says otherwise.</summary>
    public Script<Asked, Outcome<ToolCallOutcome>> Tools { get; } = new(asked => Told.Outcome(asked.Call.Value));

    /// <summary>How the workflow takes the news.</summary>
    public Script<CallNews, bool> Ears { get; } = new(_ => true);

    /// <summary>The news that came, whoever told them.</summary>
    public IReadOnlyList<CallNews> News
    {
        get
        {
            lock (_news)
            {
                return [.. _news];
            }
        }
    }

    public SidebandOwner Hold(CallPlan? plan = null, params string[] secrets) => Owner = Sidebands.Hold(plan ?? Plans.Brokered, () => secrets);

    /// <summary>An owner whose sideband works.</summary>
    public async Task<PretendSideband.Line> HoldAndAttach(CallPlan? plan = null, params string[] secrets)
    {
        Hold(plan, secrets);
        await Is(Control.Full);
        return OpenAI.Last;
    }

    /// <summary>Who has told the news.</summary>
    public IReadOnlyList<string?> Tellers
    {
        get
        {
            lock (_news)
            {
                return [.. _tellers];
            }
        }
    }

    public Task Is(Control control) => Lab.Eventually(
        () => Task.FromResult(Owner.Control == control), () => Task.FromResult($"It is {Owner.Control}.\n{Logs.Text}"));

    /// <summary>Waits for news.</summary>
    public async Task<T> Hears<T>(Func<T, bool>? condition = null)
        where T : CallNews
    {
        await Lab.Eventually(
            () => Task.FromResult(News.OfType<T>().Any(condition ?? (_ => true))),
            () => Task.FromResult($"{typeof(T).Name} did not come, but {string.Join(", ", News)}\n{Logs.Text}"));
        return News.OfType<T>().First(condition ?? (_ => true));
    }

    /// <summary>Moves the clock over the wait that begins next, or has begun after so many others.</summary>
    public async Task Pass(double atLeast, double atMost, int after = 0)
    {
        var wait = await Clock.WaitOf(A.Seconds(atLeast), A.Seconds(atMost), after);
        Clock.Advance(wait);
    }

    public Task<Outcome<ToolCallOutcome>> Run(WorkflowId workflow, ToolCallId call, string name, string argumentsJson) =>
        Tools.Ask(new(workflow, call, name, argumentsJson));

    public async Task Heard(WorkflowId workflow, CallId call, CallNews news)
    {
        await Ears.Ask(news);
        lock (_news)
        {
            _news.Add(news with { Owner = null });
            _tellers.Add(news.Owner);
        }
    }

    public Meter Create(MeterOptions options)
    {
        var meter = new Meter(options);
        _meters.Add(meter);
        return meter;
    }

    public void Dispose() => _meters.ForEach(meter => meter.Dispose());

    public async ValueTask DisposeAsync()
    {
        if (Owner is not null)
        {
            await Owner.DisposeAsync().AsTask().WaitAsync(Lab.Patience, TimeProvider.System, TestContext.Current.CancellationToken);
        }

        Dispose();
        _logging.Dispose();
    }

    internal sealed record Asked(WorkflowId Workflow, ToolCallId Call, string Name, string Arguments);
}
