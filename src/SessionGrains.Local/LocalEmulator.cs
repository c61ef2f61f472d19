using SessionGrains.Emulator;

namespace SessionGrains.Local;

/// <summary>The stand-in for OpenAI, where there is no key for the real one.</summary>
internal static class LocalEmulator
{
    private const string AnyKey = "sk-emulator";

    /// <summary>Starts an emulator and points the silo at it, unless a key says that the real API is wanted.</summary>
    public static async Task<EmulatorHost?> StartEmulatorWithoutKeyAsync(this WebApplicationBuilder builder)
    {
        var hasKey = builder.Configuration["OPENAI_API_KEY"] is { Length: > 0 } || builder.Configuration["OPENAI_API_KEY_FILE"] is { Length: > 0 };
        if (hasKey)
        {
            return null;
        }

        var emulator = await EmulatorHost.StartAsync(new EmulatorOptions { ApiKeys = { AnyKey } });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["OPENAI_API_KEY"] = AnyKey,
            ["OPENAI_BASE_URL"] = emulator.BaseUrl.ToString(),
            ["OPENAI_PUBLIC_BASE_URL"] = emulator.BaseUrl.ToString(),
        });
        return emulator;
    }
}
