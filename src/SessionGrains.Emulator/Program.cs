using SessionGrains.Emulator;

var builder = WebApplication.CreateSlimBuilder(args);
var options = new EmulatorOptions { ListenUrl = "http://127.0.0.1:8080" };
var section = builder.Configuration.GetSection(EmulatorOptions.Section);
if (section.GetSection(nameof(EmulatorOptions.ApiKeys)).Exists())
{
    options.ApiKeys.Clear();
}

section.Bind(options);
if (string.IsNullOrEmpty(builder.Configuration["urls"]))
{
    builder.WebHost.UseUrls(options.ListenUrl);
}

builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
builder.Services.AddEmulator(options);

var app = builder.Build();
app.MapEmulator();
await app.StartAsync();
Console.WriteLine("SessionGrains.Emulator: a local OpenAI Realtime API. Nothing here talks to OpenAI.");
foreach (var url in app.Urls)
{
    Console.WriteLine($"  OPENAI_BASE_URL={url}/v1    control: {url}/_emulator/    ledger: {options.LedgerFile ?? "in memory"}");
}

await app.WaitForShutdownAsync();
