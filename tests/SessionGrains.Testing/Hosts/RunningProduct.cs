namespace SessionGrains.Testing.Hosts;

/// <summary>The product as its operators run it: real processes, a store that outlives them, and the emulator as OpenAI.</summary>
internal abstract class RunningProduct : IAsyncDisposable
{
    public TestDefinitions Definitions { get; } = new();

    public PretendOpenAI OpenAI { get; private set; } = null!;

    /// <summary>Where browsers send their requests.</summary>
    public abstract Uri Url { get; }

    /// <summary>Everything that its processes printed, also those that are gone.</summary>
    public abstract string Output { get; }

    /// <summary>The product on a laptop: one process and an SQLite file.</summary>
    public static async Task<OneProcessProduct> OneProcess(Action<TestDefinitions>? define = null, params KeyValuePair<string, string>[] firstOnly) =>
        await Open(new OneProcessProduct(firstOnly), define);

    /// <summary>The product in production: silos, an API, PostgreSQL.</summary>
    public static async Task<ClusterProduct> Cluster(
        string database, Action<TestDefinitions>? define = null, int silos = 2, params KeyValuePair<string, string>[] more) =>
        await Open(new ClusterProduct(database, silos, more), define);

    /// <summary>The same with an OpenAI that runs already; it goes with the product.</summary>
    public static async Task<ClusterProduct> Cluster(ClusterProduct product, PretendOpenAI openAI, Action<TestDefinitions> define) =>
        await Open(product, define, openAI);

    /// <summary>kill -9 of everything that holds workflows.</summary>
    public abstract Task KillSilos();

    /// <summary>Brings back what was killed.</summary>
    public abstract Task Restart();

    public Browser Browser(string user) => Hosts.Browser.Of(user, Url);

    public virtual async ValueTask DisposeAsync()
    {
        await OpenAI.DisposeAsync();
        Definitions.Dispose();
    }

    protected abstract Task Start();

    protected Dictionary<string, string> Environment(params IEnumerable<KeyValuePair<string, string>> more) => new(
        OpenAI.Configuration.Concat(Tokens.Configuration).Concat(more))
    {
        ["SessionGrains__Definitions"] = Definitions.Folder,
        ["SessionGrains__Tools"] = Definitions.Tools,
    };

    private static async Task<T> Open<T>(T product, Action<TestDefinitions>? define, PretendOpenAI? openAI = null)
        where T : RunningProduct
    {
        define?.Invoke(product.Definitions);
        product.OpenAI = openAI ?? await PretendOpenAI.StartAsync();
        try
        {
            await product.Start();
            return product;
        }
        catch
        {
            // Nobody else knows of what has been launched.
            await product.DisposeAsync();
            throw;
        }
    }
}
