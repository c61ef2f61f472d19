using SessionGrains.Emulator.Calls;

namespace SessionGrains.Emulator;

/// <summary>An emulator inside the caller's process, on a Kestrel of its own: the one entry point for tests and demos.</summary>
public sealed class EmulatorHost : IAsyncDisposable
{
    private readonly WebApplication app;

    private EmulatorHost(WebApplication app)
    {
        this.app = app;
        var address = new Uri(app.Urls.Single());
        BaseUrl = new Uri(address, "/v1");
        ControlUrl = new Uri(address, "/_emulator/");
    }

    /// <summary>What <c>OPENAI_BASE_URL</c> takes, for example <c>http://127.0.0.1:40123/v1</c>.</summary>
    public Uri BaseUrl { get; }

    /// <summary>Where the control surface begins, for example <c>http://127.0.0.1:40123/_emulator/</c>.</summary>
    public Uri ControlUrl { get; }

    /// <summary>Starts an emulator and returns once it listens.</summary>
    public static async Task<EmulatorHost> StartAsync(EmulatorOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new EmulatorOptions();
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        // Inside somebody's tests it says nothing, unless something is wrong with itself.
        builder.Logging.ClearProviders().AddConsole().SetMinimumLevel(LogLevel.Error)
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None)
            // The settings file beside it is that of the program around it, which says itself where it listens.
            .AddFilter("Microsoft.Hosting.Lifetime", LogLevel.None);
        builder.WebHost.UseUrls(options.ListenUrl);
        builder.Services.AddEmulator(options);

        var app = builder.Build();
        try
        {
            app.MapEmulator();
            await app.StartAsync(cancellationToken);
            return new EmulatorHost(app);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends every call, stops listening and closes the ledger.</summary>
    public async ValueTask DisposeAsync()
    {
        app.Services.GetRequiredService<CallRegistry>().EndAll("emulator_stopped");
        await app.StopAsync(CancellationToken.None);
        await app.DisposeAsync();
    }
}
