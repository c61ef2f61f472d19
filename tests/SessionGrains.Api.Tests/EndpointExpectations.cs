namespace SessionGrains.Api.Tests;

/// <summary>What one address must do. A new route must be added here, or the build of the product goes red.</summary>
/// <param name="Method">The method.</param>
/// <param name="Route">The route's template.</param>
/// <param name="Anonymous">Whether it answers without a bearer token.</param>
/// <param name="Owned">Whether it names a workflow, so that a stranger must get 404.</param>
/// <param name="Status">What its owner gets for a good request.</param>
/// <param name="Body">A good body.</param>
/// <param name="TakesBody">Whether a bad body is refused there.</param>
/// <param name="Streams">Whether its answer goes on until the workflow ends.</param>
/// <param name="Operators">Whether it is for operators alone, so that anybody else must get 403.</param>
/// <param name="IsPage">Whether it is for pages, or is the description itself, and so is not described.</param>
public sealed record EndpointExpectation(
    string Method, string Route, bool Anonymous, bool Owned, int Status, string? Body = null, bool TakesBody = false, bool Streams = false,
    bool Operators = false, bool IsPage = false)
{
    /// <summary>The token of somebody who may use it.</summary>
    internal string? GoodToken => Anonymous ? null : Operators ? Token.OfOperator : Token.OfAda;

    public override string ToString() => $"{Method} {Route}";
}

/// <summary>The one table of every address of the API.</summary>
internal static class EndpointExpectations
{
    public static IReadOnlyList<EndpointExpectation> All { get; } =
    [
        new("POST", "/v1/workflows", Anonymous: false, Owned: false, 201, """{"definition":"voice-intake"}""", TakesBody: true),
        new("GET", "/v1/workflows", Anonymous: false, Owned: false, 200),
        new("GET", "/v1/workflows/{id}", Anonymous: false, Owned: true, 200),
        new("POST", "/v1/workflows/{id}/client_secret", Anonymous: false, Owned: true, 200, TakesBody: true),
        new("POST", "/v1/workflows/{id}/call", Anonymous: false, Owned: true, 200, """{"call_id":"rtc_1"}""", TakesBody: true),
        new("POST", "/v1/workflows/{id}/heartbeat", Anonymous: false, Owned: true, 204, TakesBody: true),
        new("POST", "/v1/workflows/{id}/end", Anonymous: false, Owned: true, 200, """{"reason_detail":"done"}""", TakesBody: true),
        new("POST", "/v1/workflows/{id}/tool_calls", Anonymous: false, Owned: true, 200, """{"call_id":"call_1","name":"lookup_order","arguments":"{}"}""", TakesBody: true),
        new("GET", "/v1/workflows/{id}/tool_calls/{call_id}", Anonymous: false, Owned: true, 200),
        new("POST", "/v1/workflows/{id}/tool_calls/{call_id}/approval", Anonymous: false, Owned: true, 200, """{"decision":"approve","arguments_hash":"sha256:abc"}""", TakesBody: true),
        new("GET", "/v1/workflows/{id}/events", Anonymous: false, Owned: true, 200, Streams: true),

        new("GET", "/v1/admin/workflows", Anonymous: false, Owned: false, 200, Operators: true),
        new("GET", "/v1/admin/workflows/{id}", Anonymous: false, Owned: false, 200, Operators: true),
        new("POST", "/v1/admin/workflows/{id}/revoke", Anonymous: false, Owned: false, 200, """{"reason_detail":"enough"}""", TakesBody: true, Operators: true),
        new("POST", "/v1/admin/workflows/{id}/tool_calls/{call_id}/approval", Anonymous: false, Owned: false, 200, """{"decision":"approve","arguments_hash":"sha256:abc"}""", TakesBody: true, Operators: true),
        new("POST", "/v1/admin/revocations", Anonymous: false, Owned: false, 200, """{"owner":"ada"}""", TakesBody: true, Operators: true),
        new("GET", "/v1/admin/blocks", Anonymous: false, Owned: false, 200, Operators: true),
        new("POST", "/v1/admin/blocks/lift", Anonymous: false, Owned: false, 204, """{"owner":"ada"}""", TakesBody: true, Operators: true),
        new("GET", "/v1/admin/definitions", Anonymous: false, Owned: false, 200, Operators: true),
        new("POST", "/v1/admin/definitions/{name}/evaluate", Anonymous: false, Owned: false, 200, """{"claims":{"sub":"ada"}}""", TakesBody: true, Operators: true),
        new("GET", "/v1/admin/audit", Anonymous: false, Owned: false, 200, Operators: true),
        new("GET", "/v1/admin/cluster", Anonymous: false, Owned: false, 200, Operators: true),
        new("POST", "/v1/admin/cluster/silos/{silo}/drain", Anonymous: false, Owned: false, 200, """{"reason_detail":"upgrade"}""", TakesBody: true, Operators: true),
        new("GET", "/v1/admin/webhooks/deliveries", Anonymous: false, Owned: false, 200, Operators: true),
        new("POST", "/v1/admin/webhooks/deliveries/{delivery}/redeliver", Anonymous: false, Owned: false, 200, """{"reason_detail":"repaired"}""", TakesBody: true, Operators: true),

        new("GET", "/console", Anonymous: false, Owned: false, 200, Operators: true, IsPage: true),
        new("GET", "/console/{file}", Anonymous: false, Owned: false, 200, Operators: true, IsPage: true),
        new("POST", "/console/session", Anonymous: false, Owned: false, 204, Operators: true, IsPage: true),
        new("POST", "/console/sign-out", Anonymous: false, Owned: false, 204, Operators: true, IsPage: true),
        new("GET", "/sign-in", Anonymous: true, Owned: false, 200, IsPage: true),
        new("GET", "/sign-in/{file}", Anonymous: true, Owned: false, 200, IsPage: true),

        // Anonymous for bearer tokens; it demands a client secret of its own, and answers 401 without one.
        new("POST", "/v1/realtime/calls", Anonymous: true, Owned: false, 401),

        new("GET", "/sdk/{file}", Anonymous: true, Owned: false, 200),
        new("GET", "/livez", Anonymous: true, Owned: false, 200),
        new("GET", "/readyz", Anonymous: true, Owned: false, 200),
        new("GET", "/openapi/{documentName}.json", Anonymous: true, Owned: false, 200, IsPage: true),
    ];
}
