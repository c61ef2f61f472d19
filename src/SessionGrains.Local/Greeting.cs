using SessionGrains.Emulator;

namespace SessionGrains.Local;

/// <summary>Says in plain words what runs, where it keeps its state, and whether it is the real OpenAI.</summary>
internal static class Greeting
{
    public static void SayWhatRuns(this WebApplication app, EmulatorHost? emulator) => app.Lifetime.ApplicationStarted.Register(() =>
    {
        var url = app.Urls.First();
        var store = app.Configuration.GetConnectionString("SessionGrains") is { Length: > 0 }
            ? "PostgreSQL"
            : $"SQLite in {LocalStorage.DataFolder(app.Configuration)} (this machine only)";
        var provider = emulator is null
            ? $"{app.Configuration["OPENAI_BASE_URL"] ?? "https://api.openai.com/v1"}, with your key: calls cost money"
            : $"THE BUILT-IN EMULATOR at {emulator.BaseUrl} (no OPENAI_API_KEY is set; nothing reaches OpenAI)";

        Console.WriteLine($"""

            SessionGrains is ready at {url}
              OpenAI    {provider}
              state     {store}
              try it    curl -s {url}/dev/token -H 'content-type: application/json' -d {"'{\"sub\":\"ada\"}'"}

            """);
    });
}
