using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SessionGrains.Tools.Files;

namespace SessionGrains.Tools.Running;

/// <summary>Checks the arguments that a model sent before anything is done with them.</summary>
public static class ToolArguments
{
    public const int MaxBytes = 16 * 1024;
    public const int MaxDepth = 16;

    private const int MaxFaults = 10;
    private const int MaxPathLength = 100;

    /// <summary>Whether they are small, plain JSON that the tool's schema asks for, and nothing else.</summary>
    public static ArgumentsCheck Check(ToolDeclaration tool, string argumentsJson)
    {
        if (Encoding.UTF8.GetByteCount(argumentsJson) > MaxBytes)
        {
            return Wrong(string.Create(CultureInfo.InvariantCulture, $"They are too long; allowed are {MaxBytes} bytes."));
        }

        if (tool.Parameters is not { } schema)
        {
            return new(null, null, "The tool is not available now.");
        }

        var faults = new FileFaults("arguments");
        // A model that calls a tool without parameters may send nothing at all.
        var text = string.IsNullOrWhiteSpace(argumentsJson) ? "{}" : argumentsJson;
        if (JsonText.Parse(text, faults, MaxDepth) is not { } value || !faults.All.IsEmpty)
        {
            return Wrong(List([.. faults.All.Select(fault => (fault.Path, $"{fault.Wrong}, allowed: {fault.Allowed}"))]));
        }

        var wrong = schema.CheckStrictly(value);
        if (!wrong.IsEmpty)
        {
            var members = schema.PropertyNames.Order(StringComparer.Ordinal).ToArray();
            var allowed = members.Length == 0 ? "The tool takes no arguments: {}." : $"Allowed members of $: {string.Join(", ", members)}.";
            return Wrong($"{List([.. wrong.Select(fault => (fault.Path, fault.What))])} {allowed}");
        }

        return new(value, $"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(JsonText.Canonical(value))))}", null);
    }

    private static ArgumentsCheck Wrong(string what) => new(null, null, $"The arguments are wrong. {what}");

    // The model wrote the names in the paths: as many and as long as it liked.
    private static string List(ImmutableArray<(string Path, string What)> faults)
    {
        var first = faults.Take(MaxFaults).Select(fault => $"{(fault.Path.Length > MaxPathLength ? $"{fault.Path[..MaxPathLength]}…" : fault.Path)} {fault.What}.");
        var rest = faults.Length > MaxFaults ? string.Create(CultureInfo.InvariantCulture, $" And {faults.Length - MaxFaults} more.") : "";
        return string.Join(' ', first) + rest;
    }
}
