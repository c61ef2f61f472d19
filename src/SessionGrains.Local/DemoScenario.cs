using SessionGrains.Emulator;

namespace SessionGrains.Local;

/// <summary>What the emulator's model says and asks for in the demo: an order of the sample shop, and a refund for it.</summary>
internal static class DemoScenario
{
    private const string Intake = """
        {
          "name": "intake",
          "for": { "instructions_contain": "the intake call of customer" },
          "hears": ["Hello, where is my order number 42?", "It took too long. Can I have ten dollars back?", "Thank you, that is all."],
          "turns": [
            { "when": { "user_says": "order" }, "say": "Let me look that up for you.", "phase": "commentary",
              "calls": [{ "name": "lookup_order", "arguments": { "order_id": "42" } }] },
            { "when": { "after_tool": "lookup_order", "output_contains": "shipped" }, "say": "Good news: your order has been shipped. Is there anything else?" },
            { "when": { "user_says": "back" }, "say": "I will ask for that. Please agree on your screen.", "phase": "commentary",
              "calls": [{ "name": "issue_refund", "arguments": { "order_id": "42", "amount_usd": 10 } }] },
            { "when": { "after_tool": "issue_refund", "output_contains": "pending" }, "say": "As soon as you agree, I will pay it back." },
            { "when": { "after_tool": "issue_refund" }, "say": "Done: the money is on its way." },
            { "when": { "user_says": "thank" }, "say": "You are welcome. Goodbye." }
          ]
        }
        """;

    /// <summary>Has the emulator play it in the sample conversations. Their tools are no sign of them: a sideband brings those later.</summary>
    public static async Task PlayAsync(EmulatorHost emulator)
    {
        using var http = new HttpClient();
        using var answer = await http.PostAsync(new Uri(emulator.ControlUrl, "scenarios"), new StringContent(Intake, System.Text.Encoding.UTF8, "application/json"));
        answer.EnsureSuccessStatusCode();
    }
}
