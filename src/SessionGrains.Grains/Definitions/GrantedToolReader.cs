using System.Collections.Immutable;
using System.Text.Json;
using SessionGrains.Tools;
using SessionGrains.Tools.Files;

namespace SessionGrains.Grains.Definitions;

/// <summary>Reads which tools a definition grants: a name, or a name with conditions.</summary>
internal static class GrantedToolReader
{
    private const string Allowed = "a tool's name, or an object with name, approval, max_calls";

    public static ImmutableArray<GrantedTool> Read(FileObject file, FileFaults faults)
    {
        var granted = ImmutableArray.CreateBuilder<GrantedTool>();
        foreach (var (path, entry) in file.Items("tools", $"a list; each entry {Allowed}"))
        {
            if (ReadOne(entry, path, faults) is not { } tool)
            {
                continue;
            }

            if (granted.Any(earlier => earlier.Name == tool.Name))
            {
                faults.Add(path, $"grants {tool.Name} again", "each tool once");
                continue;
            }

            granted.Add(tool);
        }

        return granted.ToImmutable();
    }

    private static GrantedTool? ReadOne(JsonElement entry, string path, FileFaults faults)
    {
        if (entry.ValueKind == JsonValueKind.String && ToolDeclaration.IsName(entry.GetString()!))
        {
            return new(entry.GetString()!, Approval.None, null);
        }

        if (entry.ValueKind != JsonValueKind.Object)
        {
            faults.Add(path, "is no tool", Allowed);
            return null;
        }

        var tool = FileObject.Open(entry, path, faults, DefinitionFields.Tool.AsSpan())!;
        var name = tool.RequiredText("name", ToolDeclaration.IsName, "1 to 64 letters, digits, _ or -");
        var approval = tool.Word("approval", DefinitionFields.Approvals) ?? Approval.None;
        int? maxCalls = tool.Find(DefinitionFields.MaxCalls.Name) is null ? null : tool.Whole(DefinitionFields.MaxCalls);
        return name is null ? null : new(name, approval, maxCalls);
    }
}
