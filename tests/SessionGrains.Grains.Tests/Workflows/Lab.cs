using System.Collections.Immutable;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Orleans.Reminders;
using Orleans.Storage;
using Orleans.TestingHost;
using Orleans.Timers;
using SessionGrains.Grains.Definitions;
using SessionGrains.Grains.Storage;
using SessionGrains.Grains.Storage.Sqlite;
using SessionGrains.Grains.Tests.Definitions;
using SessionGrains.Grains.Tests.Sideband;
using SessionGrains.Grains.Tests.ToolCalls;
using SessionGrains.Grains.ToolCalls;
using SessionGrains.Grains.Workflows;
using SessionGrains.OpenAI;
using SessionGrains.OpenAI.Sideband;
using SessionGrains.Tools.Running;
using Xunit;

namespace SessionGrains.Grains.Tests.Workflows;

/// <summary>A silo with real storage and definitions, a pretended OpenAI, and clocks that only the test moves.</summary>
internal sealed class Lab : IAsyncDisposable
{
    public const string Brokered = "intake";
    public const string Sealed = "sealed";
    public const string Direct = "direct";

    public const string Offer = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n";

    /// <summary>How long anything may take on a busy machine before a test gives up on it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _folder;
    private readonly SqliteDataSource _reader;
    private readonly bool _keepsFolder;
    private InProcessTestCluster _cluster = null!; // set before anybody gets the lab

    private Lab(DirectoryInfo? folder)
    {
        _keepsFolder = folder is not null;
        _folder = folder ?? Directory.CreateTempSubdirectory("sessiongrains-lab-");
        OpenAI = new(Clock);
        _reader = new(File("state.db"));
        Database = new(new SqliteDataSource(File("state.db")));
    }

    public Clock Clock { get; } = new();

    /// <summary>The clock of the reminders, so that they and the timers can be told apart.</summary>
    public FakeTimeProvider Reminders { get; } = new(A.Noon);

    public PretendOpenAI OpenAI { get; }

    public PretendSideband Sidebands { get; } = new();

    public PretendTools Tools { get; } = new();

    public FlakyDatabase Database { get; }

    public FaultyStorage Storage { get; private set; } = null!; // made by the silo

    public BusyReminders ReminderService => (BusyReminders)Services.GetRequiredService<IReminderRegistry>();

    public Logs Logs { get; } = new();

    public DirectoryInfo Folder => _folder;

    /// <summary>The way that silos take to their grains.</summary>
    public IGrainFactory Grains => Services.GetRequiredService<IGrainFactory>();

    public IServiceProvider Services => _cluster.GetSiloServiceProvider();

    /// <summary>Starts a silo; without the sweeper unless it is asked for. A folder that an earlier lab left goes on where that one stopped.</summary>
    public static async Task<Lab> Start(
        bool sweeps = false, DirectoryInfo? folder = null, DateTimeOffset? now = null, IEnumerable<KeyValuePair<string, string?>>? settings = null, params string[] definitions)
    {
        var lab = new Lab(folder);
        var files = Directory.CreateDirectory(Path.Combine(lab._folder.FullName, "definitions"));
        string[] usual = [Definition(Brokered, "brokered"), Definition(Sealed, "sealed"), Definition(Direct, "client_secret")];
        foreach (var (text, number) in usual.Concat(definitions).Select((text, number) => (text, number)))
        {
            await System.IO.File.WriteAllTextAsync(Path.Combine(files.FullName, $"{number}.json"), text, TestContext.Current.CancellationToken);
        }

        if (now is { } later)
        {
            lab.Clock.SetUtcNow(later);
            lab.Reminders.SetUtcNow(later);
        }

        var builder = new InProcessTestClusterBuilder(1);
        // Part of every row's key: a later silo on the same file must find what an earlier one wrote.
        builder.Options.ServiceId = "test";
        builder.ConfigureHost(host => host.Configuration.AddInMemoryCollection(settings ?? []));
        builder.ConfigureSilo((_, silo) => lab.Configure(silo, sweeps));
        lab._cluster = builder.Build();
        await lab._cluster.DeployAsync();
        return lab;
    }

    /// <summary>A definition that anybody with the scope may start, five times at once.</summary>
    public static string Definition(string name, string mode, string limits = "{}", string quotas = """{"live_per_user":5}""") => Texts.With(
        ("name", $"\"{name}\""), ("mode", $"\"{mode}\""), ("limits", limits), ("quotas", quotas));

    public static Caller Caller(UserId user, string scope = "voice.start") =>
        new(user, ImmutableDictionary<string, ImmutableArray<string>>.Empty.Add("scope", [scope]), null);

    public static StartWorkflow Request(string definition, string? key = null, string customer = "C-17") => new(
        definition, $$"""{"customer":"{{customer}}"}""", ImmutableDictionary<string, string>.Empty.Add("ticket", "T-9"), key);

    /// <summary>Starts a workflow for Ada, which must succeed.</summary>
    public async Task<Running> Begin(string definition = Brokered, UserId? user = null, string? key = null)
    {
        var workflow = Workflow();
        var started = await workflow.Start(Caller(user ?? A.Ada), Request(definition, key));
        Assert.Null(started.Refusal);
        return workflow with { Secret = started.Value!.Secret!.Value };
    }

    /// <summary>A workflow with a call.</summary>
    public async Task<Running> BeginCall(string definition = Brokered)
    {
        var workflow = await Begin(definition);
        if (definition == Direct)
        {
            Assert.Null((await workflow.Grain.ReportCall(A.Ada, A.Call("reported"))).Refusal);
            return workflow with { Call = "rtc_reported" };
        }

        var answer = await workflow.Connect();
        Assert.Null(answer.Refusal);
        // Until the sideband is attached, the clock runs towards a loss of control.
        await Eventually(async () => (await workflow.View()).Control is Control.Full);
        return workflow with { Call = answer.Value!.Call.Value };
    }

    public Running Workflow()
    {
        var id = WorkflowId.New();
        return new(id, _cluster.Client.Workflow(id));
    }

    /// <summary>One tool call, as the silos see it.</summary>
    public IToolCallTurns ToolCall(WorkflowId workflow, string call) => Grains.GetGrain<IToolCallTurns>($"{workflow}/{call}");

    /// <summary>The rows of a workflow's tool calls.</summary>
    public Task<IReadOnlyList<ToolCallRow>> ToolCalls(WorkflowId workflow) =>
        new ToolCallRows(_reader).Of(workflow.Value, TestContext.Current.CancellationToken);

    /// <summary>The stored bytes of a workflow, as text; null when there are none.</summary>
    public async Task<string?> Stored(WorkflowId id) => (await Query(
        "SELECT CAST(payloadbinary AS TEXT) FROM orleansstorage WHERE graintypestring = 'workflow' AND grainidextensionstring = @id",
        row => row.GetString(0),
        ("id", id.Value))).SingleOrDefault();

    public async Task<WorkflowState> State(WorkflowId id) =>
        new StateSerializer().Deserialize<WorkflowState>(new(Encoding.UTF8.GetBytes(await Stored(id) ?? throw new InvalidOperationException($"{id} is not stored."))));

    public Task<IReadOnlyList<T>> Query<T>(string sql, Func<System.Data.Common.DbDataReader, T> row, params (string Name, object? Value)[] values) =>
        _reader.Query(sql, values, row, TestContext.Current.CancellationToken);

    /// <summary>Waits until the store says that a workflow is in a phase; asking the store wakes nobody.</summary>
    public async Task<WorkflowState> Reaches(WorkflowId id, Phase phase)
    {
        await Eventually(async () => (await State(id)).Phase == phase, async () => $"{id} is {await Stored(id)}\n{Logs.Text}");
        return await State(id);
    }

    /// <summary>Takes a workflow out of memory; its timers go with it.</summary>
    public Task Forget(Running workflow) => Forget(workflow.Grain);

    public Task Forget(IAddressable grain) => _cluster.DeactivateAsync(grain);

    /// <summary>Takes out of memory whatever has not asked to stay, as if nobody had asked for it in a long time.</summary>
    public Task Collect() => Grains.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero);

    public async Task<bool> IsInMemory(IAddressable grain) =>
        await Grains.GetGrain<IManagementGrain>(0).GetActivationAddress(grain) is not null;

    /// <summary>A copy of the store as it is this moment: what a silo that dies now leaves behind.</summary>
    public async Task<DirectoryInfo> Copy()
    {
        var folder = Directory.CreateTempSubdirectory("sessiongrains-lab-");
        await Query("VACUUM INTO @copy", _ => 0, ("copy", Path.Combine(folder.FullName, "state.db")));
        return folder;
    }

    /// <summary>How many reminders would wake a workflow.</summary>
    public async Task<int> CountReminders(IWorkflowGrain grain) =>
        (await Services.GetRequiredService<IReminderTable>().ReadRows(grain.GetGrainId())).Reminders.Count;

    public static async Task Eventually(Func<Task<bool>> condition, Func<Task<string>>? otherwise = null)
    {
        var started = TimeProvider.System.GetTimestamp();
        using var knock = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(started) > Patience)
            {
                Assert.Fail(otherwise is null ? "It did not happen in time." : await otherwise());
            }

            await knock.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Stop();
        if (!_keepsFolder)
        {
            _folder.Delete(recursive: true);
        }
    }

    /// <summary>Stops the silo and leaves the folder.</summary>
    public async Task Stop()
    {
        Database.IsDown = false;
        await _cluster.StopAllSilosAsync();
        await _cluster.DisposeAsync();
        await _reader.DisposeAsync();
        await Database.DisposeAsync();
    }

    private FileInfo File(string name) => new(Path.Combine(_folder.FullName, name));

    private void Configure(ISiloBuilder silo, bool sweeps)
    {
        // Ours is the clock that services ask for; the runtime keeps the real one, and reminders have a fake of their own.
        silo.Services.AddSingleton<TimeProvider>(Clock);
        silo.Services.UseTimeProviderForBackgroundAreas(TimeProvider.System);
        silo.Services.AddKeyedSingleton<TimeProvider>(ReminderTimeProviderNames.Reminders, Reminders);

        silo.Services.AddLogging(logging => logging.ClearProviders().SetMinimumLevel(LogLevel.Trace).AddProvider(Logs));
        silo.AddWorkflows();
        silo.AddSessionGrainsStorage(File("state.db"));
        silo.Services.AddSingleton<System.Data.Common.DbDataSource>(Database);
        silo.Services.AddSingleton<IRealtimeClient>(OpenAI);
        silo.Services.AddSingleton<ISidebandClient>(Sidebands);
        silo.Services.AddSingleton<Prices>();
        silo.Services.AddSingleton<IToolRunner>(Tools);
        foreach (var tool in PretendTools.Declarations)
        {
            silo.Services.AddSingleton(tool);
        }

        silo.Services.Configure<OpenAIOptions>(options => options.PublicBaseUrl = "https://openai.test/v1");
        silo.Services.Configure<DefinitionOptions>(options => options.Definitions = Path.Combine(_folder.FullName, "definitions"));
        silo.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));

        var real = silo.Services.Last(service => service.ServiceType == typeof(IGrainStorage) && Equals(service.ServiceKey, StorageHosting.Provider));
        silo.Services.Remove(real);
        silo.Services.AddKeyedSingleton<IGrainStorage>(
            StorageHosting.Provider,
            (services, key) => Storage = new((IGrainStorage)real.KeyedImplementationFactory!(services, key)));

        var registry = silo.Services.Last(service => service.ServiceType == typeof(IReminderRegistry));
        silo.Services.Remove(registry);
        silo.Services.AddSingleton<IReminderRegistry>(services => new BusyReminders((IReminderRegistry)(
            registry.ImplementationFactory?.Invoke(services) ?? ActivatorUtilities.CreateInstance(services, registry.ImplementationType!))));

        if (!sweeps)
        {
            silo.Services.Remove(silo.Services.Single(service => service.ImplementationType == typeof(Sweeper)));
        }
    }
}

/// <summary>A workflow as its browser knows it.</summary>
internal sealed record Running(WorkflowId Id, IWorkflowGrain Grain, string Secret = "", string Call = "")
{
    public Task<Outcome<StartedWorkflow>> Start(Caller caller, StartWorkflow request) =>
        Grain.Start(caller, request, TestContext.Current.CancellationToken);

    public Task<Outcome<StartedWorkflow>> RenewSecret(UserId caller) => Grain.RenewSecret(caller, TestContext.Current.CancellationToken);

    public Task<Outcome<CallAnswer>> Connect(string offer = Lab.Offer) => Grain.Connect(OwnSecret.Hash(Secret), offer);

    public async Task<WorkflowView> View()
    {
        var view = await Grain.View(A.Ada);
        Assert.Null(view.Refusal);
        return view.Value!;
    }
}
