using Microsoft.OpenApi;
using SessionGrains.Api.Admin;
using SessionGrains.Api.Bodies;
using SessionGrains.Api.RealtimeCalls;
using SessionGrains.Api.ToolCalls;
using SessionGrains.Api.Workflows;

namespace SessionGrains.Api.OpenApi;

/// <summary>The request bodies as the API's description has them; they are read by hand, so they are described by hand.</summary>
internal static class RequestSchemas
{
    private static readonly string[] Targets = ["owner", "tenant", "definition", "tool"];

    public static RequestBodyShape Start { get; } = RequestBodyShape.Json(isRequired: true, Object(
        ["definition"],
        ("definition", Text(1, StartRequest.MaxDefinition)),
        ("inputs", new() { Type = JsonSchemaType.Object }),
        ("metadata", new()
        {
            Type = JsonSchemaType.Object,
            MaxProperties = StartRequest.MaxPairs,
            AdditionalProperties = Text(0, StartRequest.MaxValue),
        })));

    public static RequestBodyShape CallReport { get; } = RequestBodyShape.Json(isRequired: true, Object(
        ["call_id"], ("call_id", new() { Type = JsonSchemaType.String, Pattern = "^rtc_[A-Za-z0-9_-]+$", MaxLength = CallId.MaxLength })));

    public static RequestBodyShape End { get; } = RequestBodyShape.Json(isRequired: false, Object(
        [], ("reason_detail", new() { Type = JsonSchemaType.String | JsonSchemaType.Null, MaxLength = EndRequest.MaxReasonDetail })));

    public static RequestBodyShape Revocation { get; } = RequestBodyShape.Json(isRequired: true, Object(
        [],
        [
            .. Target,
            ("block_new_starts_for_seconds", new() { Type = JsonSchemaType.Integer, Minimum = "0", Maximum = $"{RevocationRequest.MaxBlockSeconds}" }),
            ("reason_detail", new() { Type = JsonSchemaType.String | JsonSchemaType.Null, MaxLength = RevocationRequest.MaxReasonDetail }),
        ]));

    public static RequestBodyShape Lift { get; } = RequestBodyShape.Json(isRequired: true, Object([], [.. Target]));

    public static RequestBodyShape Evaluate { get; } = RequestBodyShape.Json(isRequired: true, Object(
        ["claims"],
        ("claims", new() { Type = JsonSchemaType.Object }),
        ("inputs", new() { Type = JsonSchemaType.Object }),
        ("origin", new() { Type = JsonSchemaType.String | JsonSchemaType.Null, MaxLength = EvaluateRequest.MaxOrigin }),
        ("definition", new() { Type = JsonSchemaType.Object | JsonSchemaType.Null })));

    public static RequestBodyShape Relay { get; } = RequestBodyShape.Json(isRequired: true, Object(
        ["call_id", "name", "arguments"],
        ("call_id", new() { Type = JsonSchemaType.String, Pattern = "^[A-Za-z0-9_.-]+$", MaxLength = ToolCallId.MaxLength }),
        ("name", Text(1, RelayRequest.MaxName)),
        ("arguments", new() { Type = JsonSchemaType.String | JsonSchemaType.Object })));

    public static RequestBodyShape Approval { get; } = RequestBodyShape.Json(isRequired: true, Object(
        ["decision", "arguments_hash"],
        ("decision", new() { Type = JsonSchemaType.String, Enum = [ApprovalRequest.Approve, ApprovalRequest.Deny] }),
        ("arguments_hash", Text(1, ApprovalRequest.MaxHash))));

    public static RequestBodyShape Nothing { get; } = RequestBodyShape.Json(isRequired: false, Object([]));

    public static RequestBodyShape Offer { get; } =
        new(SdpOffer.ContentType, IsRequired: true, new() { Type = JsonSchemaType.String, MaxLength = BodyBytes.LargestOffer });

    private static (string Name, OpenApiSchema Schema)[] Target =>
    [
        .. Targets.Select(name => (
            name, new OpenApiSchema { Type = JsonSchemaType.String | JsonSchemaType.Null, MaxLength = AdminQuery.MaxText })),
    ];

    private static OpenApiSchema Text(int minLength, int maxLength) =>
        new() { Type = JsonSchemaType.String, MinLength = minLength, MaxLength = maxLength };

    private static OpenApiSchema Object(string[] required, params ReadOnlySpan<(string Name, OpenApiSchema Schema)> members)
    {
        var properties = new Dictionary<string, IOpenApiSchema>();
        foreach (var (name, schema) in members)
        {
            properties.Add(name, schema);
        }

        return new()
        {
            Type = JsonSchemaType.Object,
            Properties = properties,
            Required = required.ToHashSet(),
            AdditionalPropertiesAllowed = false,
        };
    }
}

/// <summary>What an endpoint takes as its body, for the API's description.</summary>
internal sealed record RequestBodyShape(string ContentType, bool IsRequired, OpenApiSchema Schema)
{
    public static RequestBodyShape Json(bool isRequired, OpenApiSchema schema) => new("application/json", isRequired, schema);
}

/// <summary>A header or query parameter that an endpoint reads by itself, for the API's description.</summary>
internal sealed record ParameterShape(string Name, ParameterLocation In);

/// <summary>The words with which endpoints describe what they read by themselves.</summary>
internal static class RequestShapes
{
    public static RouteHandlerBuilder Takes(this RouteHandlerBuilder endpoint, RequestBodyShape body) => endpoint.WithMetadata(body);

    public static RouteHandlerBuilder TakesHeader(this RouteHandlerBuilder endpoint, string name) =>
        endpoint.WithMetadata(new ParameterShape(name, ParameterLocation.Header));

    public static RouteHandlerBuilder TakesQuery(this RouteHandlerBuilder endpoint, params string[] names) =>
        endpoint.WithMetadata([.. names.Select(name => new ParameterShape(name, ParameterLocation.Query))]);
}
