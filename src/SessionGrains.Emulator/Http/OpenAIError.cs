using System.Text.Json.Nodes;

namespace SessionGrains.Emulator.Http;

/// <summary>An answer in OpenAI's error shape.</summary>
internal sealed record OpenAIError(
    int Status, string Message, string? Code = null, string? Param = null, string Type = "invalid_request_error") : IResult
{
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    public static OpenAIError CallNotFound(int status) =>
        new(status, "No session found for the provided call_id", "call_id_not_found", "call_id");

    public static OpenAIError Missing(string path) =>
        new(400, $"Missing required parameter: '{path}'.", "missing_required_parameter", path);

    public static OpenAIError Unknown(string path) =>
        new(400, $"Unknown parameter: '{path}'.", "unknown_parameter", path);

    public JsonObject ToJson() => new()
    {
        ["error"] = new JsonObject { ["message"] = Message, ["type"] = Type, ["param"] = Param, ["code"] = Code },
    };

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = Status;
        foreach (var (name, value) in Headers)
        {
            httpContext.Response.Headers[name] = value;
        }

        httpContext.Response.ContentType = "application/json";
        await httpContext.Response.WriteAsync(ToJson().ToJsonString(Json.Options));
    }
}
