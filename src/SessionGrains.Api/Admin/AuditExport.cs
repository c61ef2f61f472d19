using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using SessionGrains.Api.Cluster;
using SessionGrains.Api.Workflows;

namespace SessionGrains.Api.Admin;

/// <summary>Every audit event that was asked for, one JSON object to a line, read page by page while they are sent.</summary>
internal sealed class AuditExport(AuditPage first, AuditQuestion question, GrainCalls grains) : IResult
{
    public const string ContentType = "application/x-ndjson";

    public async Task ExecuteAsync(HttpContext http)
    {
        var json = http.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
        http.Response.ContentType = ContentType;
        for (var page = first; ; page = await grains.Ask(all => all.Operations.Audit(question, Page.MaxLimit, page.Next)))
        {
            foreach (var entry in page.Events)
            {
                await JsonSerializer.SerializeAsync(http.Response.Body, new AuditAnswer(entry), json, http.RequestAborted);
                await http.Response.Body.WriteAsync("\n"u8.ToArray(), http.RequestAborted);
            }

            if (page.Next is null)
            {
                return;
            }
        }
    }

    /// <summary>Whether that is what the request accepts.</summary>
    public static bool IsWanted(HttpRequest request) => request.GetTypedHeaders().Accept.Any(type => type.MediaType.Equals(ContentType, StringComparison.OrdinalIgnoreCase));
}
