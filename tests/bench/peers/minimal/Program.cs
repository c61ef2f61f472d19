using Npgsql;
using SessionGrains.Bench.Minimal;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddAuthentication().AddJwtBearer(bearer => bearer.MapInboundClaims = false);
builder.Services.AddAuthorizationBuilder().AddPolicy(
    SessionEndpoints.Permission,
    policy => policy.RequireAssertion(context => context.User.FindFirst("scope")?.Value.Split(' ').Contains(SessionEndpoints.Permission) is true));
builder.Services.ConfigureHttpJsonOptions(json =>
    (json.SerializerOptions.RespectNullableAnnotations, json.SerializerOptions.RespectRequiredConstructorParameters) = (true, true));
builder.Services.AddSingleton(NpgsqlDataSource.Create(
    new NpgsqlConnectionStringBuilder(builder.Configuration.GetConnectionString("Sessions")!) { MaxAutoPrepare = 50, AutoPrepareMinUsages = 2, NoResetOnClose = true }));
builder.Services.AddSingleton<SessionTable>();
builder.Services.AddSingleton<ToolCallTable>();
builder.Services.AddTransient<Ending>();
builder.Services.AddHostedService<Sweeper>();
builder.Services.AddHttpClient<RealtimeApi>((services, http) =>
{
    var configuration = services.GetRequiredService<IConfiguration>();
    http.BaseAddress = new Uri($"{configuration["OPENAI_BASE_URL"]}/");
    http.DefaultRequestHeaders.Authorization = new("Bearer", configuration["OPENAI_API_KEY"]);
    http.Timeout = TimeSpan.FromSeconds(10);
});
builder.Services.AddHttpClient<ToolApi>((services, http) =>
{
    http.BaseAddress = new Uri(services.GetRequiredService<IConfiguration>()["TOOL_URL"]!);
    http.Timeout = TimeSpan.FromSeconds(10);
});

var app = builder.Build();
await app.Services.GetRequiredService<SessionTable>().Create();
app.MapGet("/readyz", () => TypedResults.Ok());
app.MapSessions();
await app.RunAsync();
