using System.Collections.Immutable;
using SessionGrains.Tools;
using SessionGrains.Tools.Files;

namespace SessionGrains.Grains.Definitions;

/// <summary>Everything that is loaded together: the definitions and the tools that they may grant, by name.</summary>
internal sealed record DefinitionSet(
    ImmutableSortedDictionary<string, Definition> Definitions, ImmutableSortedDictionary<string, ToolDeclaration> Tools)
{
    public static DefinitionSet Empty { get; } =
        new(ImmutableSortedDictionary<string, Definition>.Empty, ImmutableSortedDictionary<string, ToolDeclaration>.Empty);

    /// <summary>Reads all files together: names are unique, granted tools exist, and variables that hold secrets are there.</summary>
    /// <param name="code">The tools that are declared in code.</param>
    /// <param name="variables">Looks up an environment variable.</param>
    public static FileResult<DefinitionSet> Read(DefinitionFiles files, IEnumerable<ToolDeclaration> code, Func<string, string?> variables)
    {
        var faults = ImmutableArray.CreateBuilder<FileFault>();
        faults.AddRange(files.Faults);
        var tools = ReadTools(files, code, variables, faults);
        var names = tools.Keys.ToHashSet(StringComparer.Ordinal);
        var definitions = ImmutableSortedDictionary.CreateBuilder<string, Definition>(StringComparer.Ordinal);
        foreach (var (file, text) in files.Definitions)
        {
            var result = DefinitionReader.Read(file, text, names);
            faults.AddRange(result.Faults);
            if (result.Value is not { } definition)
            {
                continue;
            }

            faults.AddRange(CheckSecret(file, "$.authorizer.signing_secret_env", definition.Authorizer?.SigningSecretEnv, variables));
            if (!definitions.TryAdd(definition.Name, definition))
            {
                faults.Add(new(file, "$.name", $"is {definition.Name}, which an earlier file has taken", "a name of its own"));
            }
        }

        return new(new(definitions.ToImmutable(), tools), faults.ToImmutable());
    }

    private static ImmutableSortedDictionary<string, ToolDeclaration> ReadTools(
        DefinitionFiles files, IEnumerable<ToolDeclaration> code, Func<string, string?> variables, ImmutableArray<FileFault>.Builder faults)
    {
        var tools = ImmutableSortedDictionary.CreateBuilder<string, ToolDeclaration>(StringComparer.Ordinal);
        foreach (var tool in code)
        {
            if (!ToolDeclaration.IsName(tool.Name) || !tools.TryAdd(tool.Name, tool))
            {
                faults.Add(new("code", "$.name", $"declares the tool {tool.Name} twice or with a wrong name", "1 to 64 letters, digits, _ or -, each tool once"));
            }
        }

        foreach (var (file, text) in files.Tools)
        {
            var result = ToolFileReader.Read(file, text);
            faults.AddRange(result.Faults);
            foreach (var tool in result.Value ?? [])
            {
                if (!tools.TryAdd(tool.Name, tool))
                {
                    faults.Add(new(file, "$.name", $"declares the tool {tool.Name}, which is declared already", "a name of its own"));
                }
            }

            faults.AddRange((result.Value is [var first, ..] ? first.Target : null) switch
            {
                ToolTarget.Http http => CheckSecret(file, "$.http.signing_secret_env", http.SigningSecretEnv, variables),
                ToolTarget.Mcp { BearerEnv: { } bearer } when string.IsNullOrEmpty(variables(bearer)) =>
                    [new(file, "$.mcp.bearer_env", $"names the variable {bearer}, which is not set", "a variable that holds the server's bearer token")],
                _ => [],
            });
        }

        return tools.ToImmutable();
    }

    private static IEnumerable<FileFault> CheckSecret(string file, string path, string? variable, Func<string, string?> variables)
    {
        if (variable is not null && !WebhookSignature.IsSecret(variables(variable)))
        {
            var wrong = $"names the variable {variable}, which {(string.IsNullOrEmpty(variables(variable)) ? "is not set" : "holds no signing secret")}";
            yield return new(file, path, wrong, $"a variable that holds {WebhookSignature.SecretPrefix} and Base64");
        }
    }
}
