using SessionGrains.Testing.Hosts;

// The tests' tools as a process of their own: what breaks the product must not break the ledger of what happened.
await using var backend = await ToolBackend.StartAsync(
    Environment.GetEnvironmentVariable("ASPNETCORE_URLS") ?? "http://127.0.0.1:0", Environment.GetEnvironmentVariable("TOOL_LEDGER"));
await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System);
