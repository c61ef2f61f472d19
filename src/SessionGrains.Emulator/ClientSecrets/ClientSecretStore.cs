using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using SessionGrains.Emulator.Clocks;
using SessionGrains.Emulator.Http;
using SessionGrains.Emulator.Sessions;

namespace SessionGrains.Emulator.ClientSecrets;

/// <summary>The secrets minted so far, by the hash of their value. As at OpenAI, none can be listed or revoked.</summary>
internal sealed class ClientSecretStore(EmulatorClock clock)
{
    private readonly ConcurrentDictionary<string, ClientSecret> secrets = new();

    public (string Value, ClientSecret Secret) Mint(JsonObject session, int seconds, string? safetyIdentifier)
    {
        var value = $"ek_{RandomId.NextHex(32)}";
        var secret = new ClientSecret(Credential.IdOf(value), clock.Now.AddSeconds(seconds), session, safetyIdentifier);
        secrets[secret.Id] = secret;
        return (value, secret);
    }

    public ClientSecret? Find(string id) => secrets.GetValueOrDefault(id);
}
