using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SessionGrains.Tools.Files;
using SessionGrains.Tools.Schemas;

namespace SessionGrains.Tools;

/// <summary>Reads a tool file: one HTTP tool, or the tools that one MCP server may offer.</summary>
public static class ToolFileReader
{
    /// <summary>The tools that a file declares, or every fault that it has.</summary>
    /// <remarks>Tools of a faulty file come along as far as their names are known, so that nobody is told that they are missing.</remarks>
    /// <param name="file">The file's name, for the faults.</param>
    public static FileResult<IReadOnlyList<ToolDeclaration>> Read(string file, string text)
    {
        var faults = new FileFaults(file);
        var tools = JsonText.Parse(text, faults) is { } root
            && FileObject.Open(root, JsonPath.Root, faults, ToolFields.Root.AsSpan()) is { } tool ? Read(tool, text, faults) : [];
        return new(tools, faults.All);
    }

    private static IReadOnlyList<ToolDeclaration> Read(FileObject file, string text, FileFaults faults)
    {
        var name = file.RequiredText("name", ToolDeclaration.IsName, "1 to 64 letters, digits, _ or -");
        var common = new ToolDeclaration
        {
            Name = name ?? "",
            Effect = file.Word("effect", ToolFields.Effects) ?? ToolEffect.Unkeyed,
            Timeout = TimeSpan.FromSeconds(file.Whole(ToolFields.Timeout)),
            MaxOutputBytes = file.Whole(ToolFields.MaxOutput),
            EndsWorkflow = file.Flag("ends_workflow"),
            Target = new ToolTarget.Code(),
        };

        if (file.Find("http") is null == file.Find("mcp") is null)
        {
            faults.Add(JsonPath.Root, "does not say where the tool is run", "either http or mcp");
            return [common];
        }

        return file.Find("http") is not null ? ReadHttp(common, file, faults) : ReadMcp(common, file, RevisionOf(text), faults);
    }

    private static IReadOnlyList<ToolDeclaration> ReadHttp(ToolDeclaration common, FileObject file, FileFaults faults)
    {
        var allowed = $"1 to {ToolFields.MaxDescriptionLength} characters";
        var description = file.RequiredText("description", text => text.Length is > 0 and <= ToolFields.MaxDescriptionLength, allowed);
        var parameters = ReadParameters(file, faults);
        if (file.Child("http", ToolFields.Http.AsSpan()) is not { } http)
        {
            return [common];
        }

        var allowsPrivate = http.Flag("allow_private_network");
        if (ReadUrl(http, allowsPrivate, faults) is not { } url)
        {
            return [common];
        }

        var secret = http.Text("signing_secret_env", Rules.IsVariableName, Rules.VariableName);
        return
        [
            common with
            {
                Description = description,
                Parameters = parameters,
                Target = new ToolTarget.Http(url, secret, allowsPrivate),
            },
        ];
    }

    private static Schema? ReadParameters(FileObject file, FileFaults faults)
    {
        var path = file.PathOf("parameters");
        if (file.Find("parameters") is not { } text)
        {
            faults.Add(path, "is missing", "a JSON Schema with \"type\": \"object\"");
            return null;
        }

        return Schema.ReadOfObject(text, path, faults);
    }

    private static IReadOnlyList<ToolDeclaration> ReadMcp(ToolDeclaration common, FileObject file, string revision, FileFaults faults)
    {
        foreach (var member in ToolFields.HttpOnly.Where(member => file.Find(member) is not null))
        {
            faults.Add(file.PathOf(member), "is the MCP server's to say", "no such member beside mcp");
        }

        if (file.Child("mcp", ToolFields.Mcp.AsSpan()) is not { } mcp)
        {
            return [];
        }

        var allowsPrivate = mcp.Flag("allow_private_network");
        var url = ReadUrl(mcp, allowsPrivate, faults);
        var bearer = mcp.Text("bearer_env", Rules.IsVariableName, Rules.VariableName);
        var names = mcp.Texts("tools", name => ToolDeclaration.IsName($"{common.Name}__{name}"), "tool names that fit {server}__{tool}: at most 64 letters, digits, _ or -");
        if (mcp.Find("tools") is not { } list || (list.ValueKind == JsonValueKind.Array && list.GetArrayLength() == 0))
        {
            faults.Add(mcp.PathOf("tools"), "names no tool", "a list of at least one of the server's tools");
        }

        return [.. names.Select(name => common with
        {
            Name = $"{common.Name}__{name}",
            Target = url is null ? common.Target : new ToolTarget.Mcp(common.Name, name, url, bearer, allowsPrivate) { Revision = revision },
        })];
    }

    private static string RevisionOf(string text) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}";

    // Plain HTTP is for one's own network, and that is allowed by name.
    private static Uri? ReadUrl(FileObject target, bool allowsPrivate, FileFaults faults)
    {
        if (target.RequiredText("url", Rules.IsWebAddress, Rules.WebAddress) is not { } text)
        {
            return null;
        }

        var url = new Uri(text);
        if (url.Scheme == Uri.UriSchemeHttp && !allowsPrivate)
        {
            faults.Add(target.PathOf("url"), "is not encrypted", "https, or http with \"allow_private_network\": true");
        }

        return url;
    }
}
