using System.Text.Json.Nodes;
using SessionGrains.Emulator.Ledgers;
using SessionGrains.Emulator.Scenarios;

namespace SessionGrains.Emulator.Sessions;

/// <summary>What a session needs from outside.</summary>
/// <param name="HasMedia">Whether sound has a connection of its own, so that it is not sent as events.</param>
/// <param name="Page">Where the ledger keeps what happens here.</param>
/// <param name="PickScenario">Chooses how the model behaves.</param>
/// <param name="Pacing">How fast the model is now.</param>
internal sealed record SessionSurroundings(
    bool HasMedia, LedgerPage Page, Func<JsonObject, Scenario> PickScenario, Func<Pacing> Pacing);
