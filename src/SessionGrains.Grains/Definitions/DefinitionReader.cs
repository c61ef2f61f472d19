using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SessionGrains.Tools.Files;
using SessionGrains.Tools.Schemas;

namespace SessionGrains.Grains.Definitions;

/// <summary>Reads a definition file: a definition, or every fault that the file has.</summary>
internal static class DefinitionReader
{
    public const int MaxNameLength = 64;

    private const int VersionLength = 16;

    /// <param name="file">The file's name, for the faults.</param>
    /// <param name="tools">The names of the tools that somebody provides.</param>
    public static FileResult<Definition> Read(string file, string text, IReadOnlySet<string> tools)
    {
        var faults = new FileFaults(file);
        var definition = Read(text, faults);
        foreach (var (granted, index) in definition?.Tools.Select((tool, index) => (tool, index)) ?? [])
        {
            if (!tools.Contains(granted.Name))
            {
                var known = tools.Count == 0 ? "none is provided" : string.Join(", ", tools.Order(StringComparer.Ordinal));
                faults.Add(JsonPath.Item("$.tools", index), $"names the tool {granted.Name}, which nobody provides", known);
            }
        }

        return new(definition, faults.All);
    }

    /// <inheritdoc cref="Definition.FromText"/>
    public static Definition Reread(string text)
    {
        var faults = new FileFaults("stored definition");
        return Read(text, faults) ?? throw new InvalidDataException($"A stored definition cannot be read: {string.Join(" ", faults.All)}");
    }

    private static Definition? Read(string text, FileFaults faults)
    {
        if (JsonText.Parse(text, faults) is not { } root
            || FileObject.Open(root, JsonPath.Root, faults, DefinitionFields.Root.AsSpan()) is not { } file)
        {
            return null;
        }

        var name = file.RequiredText("name", IsName, $"1 to {MaxNameLength} letters, digits, ., _ or -, beginning with a letter or digit");
        var mode = ReadMode(file, faults);
        var inputs = ReadInputs(file, faults);
        var session = SessionReader.Read(file, inputs, faults);
        var limits = LimitsReader.ReadLimits(file, mode, faults);
        var definition = new Definition
        {
            Name = name ?? "",
            Version = "",
            Text = Canonical(root),
            Mode = mode ?? ConnectionMode.Sealed,
            Session = session.Session,
            Placeholders = session.Placeholders,
            Inputs = inputs,
            Allow = AllowReader.Read(file, faults),
            Tools = GrantedToolReader.Read(file, faults),
            Limits = limits,
            Quotas = LimitsReader.ReadQuotas(file),
            Guard = file.Word("guard", DefinitionFields.Guards) ?? Guard.Revert,
            Transcripts = file.Flag("transcripts"),
            Authorizer = ReadAuthorizer(file),
        };

        // Without one of these three a text is no definition at all; every other fault leaves something to run.
        return name is null || mode is null || session.Session.ValueKind != JsonValueKind.Object ? null : WithVersion(definition);
    }

    private static bool IsName(string text) =>
        text.Length is > 0 and <= MaxNameLength && char.IsAsciiLetterOrDigit(text[0])
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    private static ConnectionMode? ReadMode(FileObject file, FileFaults faults)
    {
        if (file.Find("mode") is null)
        {
            faults.Add(file.PathOf("mode"), "is missing", string.Join(", ", DefinitionFields.Modes.Select(mode => mode.Word)));
        }

        return file.Word("mode", DefinitionFields.Modes);
    }

    private static Schema? ReadInputs(FileObject file, FileFaults faults)
    {
        if (file.Find("inputs") is not { } text)
        {
            return null;
        }

        var schema = Schema.Read(text, file.PathOf("inputs"), faults);
        if (text.ValueKind == JsonValueKind.Object && !schema.IsOfObject)
        {
            faults.Add(JsonPath.Member(file.PathOf("inputs"), "type"), "is not object", "a JSON Schema with \"type\": \"object\"");
        }

        return schema;
    }

    private static AuthorizerSettings? ReadAuthorizer(FileObject file)
    {
        if (file.Child("authorizer", DefinitionFields.Authorizer.AsSpan()) is not { } authorizer)
        {
            return null;
        }

        var url = authorizer.RequiredText("url", Rules.IsWebAddress, Rules.WebAddress);
        var secret = authorizer.Text("signing_secret_env", Rules.IsVariableName, Rules.VariableName);
        var timeout = TimeSpan.FromMilliseconds(authorizer.Whole(DefinitionFields.AuthorizerTimeout));
        return url is null ? null : new(new(url), secret, timeout);
    }

    // Which schema an editor uses is no part of the recipe.
    private static string Canonical(JsonElement root) =>
        JsonText.Canonical(JsonSerializer.SerializeToElement(root.EnumerateObject().Where(member => member.Name != "$schema")
            .GroupBy(member => member.Name).ToDictionary(same => same.Key, same => same.Last().Value)));

    private static Definition WithVersion(Definition definition) => definition with
    {
        Version = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(definition.Text)))[..VersionLength],
    };
}
