using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using SessionGrains.Api.ProblemJson;

namespace SessionGrains.Api.Sdk;

/// <summary>Files for browsers that travel inside an assembly, so that a published host has them.</summary>
public static class EmbeddedFiles
{
    private static readonly Dictionary<string, string> ContentTypes = new(StringComparer.OrdinalIgnoreCase)
    {
        [".html"] = "text/html; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".svg"] = "image/svg+xml",
        [".ts"] = "text/plain; charset=utf-8",
    };

    /// <summary>Serves the resources whose names begin with a folder's name and a slash, below an address of the same name. Whoever maps them says for whom.</summary>
    public static RouteHandlerBuilder MapEmbeddedFiles(this IEndpointRouteBuilder routes, string folder, Assembly assembly)
    {
        var files = Read(folder, assembly);
        return routes.MapGet($"/{folder}/{{file}}", (string file, HttpContext http) => Answer(files, file, http));
    }

    private static Results<FileContentHttpResult, Problem> Answer(Dictionary<string, (byte[] Content, string Type, EntityTagHeaderValue Tag)> files, string name, HttpContext http)
    {
        if (!files.TryGetValue(name, out var file))
        {
            return Problems.OfStatus(StatusCodes.Status404NotFound);
        }

        // Kept, but asked about each time: a page must never mix the files of two versions.
        http.Response.Headers.CacheControl = "no-cache";
        return TypedResults.Bytes(file.Content, file.Type, entityTag: file.Tag);
    }

    private static Dictionary<string, (byte[] Content, string Type, EntityTagHeaderValue Tag)> Read(string folder, Assembly assembly) =>
        assembly.GetManifestResourceNames().Where(name => name.StartsWith($"{folder}/", StringComparison.Ordinal)).ToDictionary(
            name => name[(folder.Length + 1)..],
            name =>
            {
                using var stream = assembly.GetManifestResourceStream(name)!;
                var content = new byte[stream.Length];
                stream.ReadExactly(content);
                return (content, ContentTypes[Path.GetExtension(name)], new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(content))[..16]}\""));
            });
}
