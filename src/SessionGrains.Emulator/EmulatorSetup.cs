using SessionGrains.Emulator.Calls;
using SessionGrains.Emulator.ClientSecrets;
using SessionGrains.Emulator.Clocks;
using SessionGrains.Emulator.Control;
using SessionGrains.Emulator.Faults;
using SessionGrains.Emulator.Http;
using SessionGrains.Emulator.Ledgers;
using SessionGrains.Emulator.Peers;
using SessionGrains.Emulator.Scenarios;
using SessionGrains.Emulator.Sockets;

namespace SessionGrains.Emulator;

/// <summary>Adds the emulator to an ASP.NET Core application, and maps it.</summary>
public static class EmulatorSetup
{
    /// <summary>Registers everything that the emulator keeps.</summary>
    public static IServiceCollection AddEmulator(this IServiceCollection services, EmulatorOptions options)
    {
        services.AddRouting();
        services.AddSingleton(options);
        services.AddSingleton(new EmulatorClock(options.Clock ?? TimeProvider.System));
        services.AddSingleton<EmulatorSettings>();
        services.AddSingleton<Ledger>();
        services.AddSingleton<FaultPlan>();
        services.AddSingleton<Credentials>();
        services.AddSingleton<ClientSecretStore>();
        services.AddSingleton<ScenarioLibrary>();
        services.AddSingleton<CallRegistry>();
        services.AddSingleton<PeerPages>();
        services.AddHostedService<CallExpiry>();
        // A test that ends must not wait for a request that hangs on purpose.
        services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(1));
        return services;
    }

    /// <summary>Maps the OpenAI-shaped endpoints under <c>/v1</c> and the control surface under <c>/_emulator</c>.</summary>
    public static WebApplication MapEmulator(this WebApplication app)
    {
        app.UseRealtimeHeaders();
        app.UseWebSockets();

        var realtime = app.MapGroup("/v1/realtime");
        realtime.MapClientSecrets();
        realtime.MapCalls();
        realtime.MapSockets();

        app.MapControl();
        app.MapPeer();
        app.MapUnknownUrls();
        return app;
    }
}
