using System.Collections.Immutable;
using System.Text.Json;
using SessionGrains.Tools.Files;

namespace SessionGrains.Grains.Definitions;

/// <summary>Reads who may start.</summary>
internal static class AllowReader
{
    private const string SomeText = "text without white space at its ends";

    public static Allow Read(FileObject file, FileFaults faults)
    {
        if (file.Child("allow", DefinitionFields.Allow.AsSpan()) is not { } allow)
        {
            return new();
        }

        return new()
        {
            AnyoneSignedIn = allow.Flag("anyone_signed_in"),
            Scopes = allow.Texts("scopes", text => IsText(text) && !text.Contains(' ', StringComparison.Ordinal), "scopes, without white space"),
            Roles = allow.Texts("roles", IsText, SomeText),
            Claims = ReadClaims(allow, faults),
            Origins = allow.Texts("origins", IsOrigin, "origins such as https://app.example.com: lower case, no path, no default port"),
        };
    }

    private static ImmutableSortedDictionary<string, ImmutableArray<string>> ReadClaims(FileObject allow, FileFaults faults)
    {
        var claims = ImmutableSortedDictionary.CreateBuilder<string, ImmutableArray<string>>(StringComparer.Ordinal);
        if (allow.Find("claims") is not { } element)
        {
            return claims.ToImmutable();
        }

        string[] names = element.ValueKind == JsonValueKind.Object ? [.. element.EnumerateObject().Select(claim => claim.Name)] : [];
        if (FileObject.Open(element, allow.PathOf("claims"), faults, names) is not { } read)
        {
            return claims.ToImmutable();
        }

        foreach (var name in names)
        {
            claims[name] = read.Texts(name, IsText, SomeText);
            if (element.GetProperty(name) is { ValueKind: JsonValueKind.Array } values && values.GetArrayLength() == 0)
            {
                faults.Add(read.PathOf(name), "lists no value, so nobody could have it", "at least one value");
            }
        }

        return claims.ToImmutable();
    }

    private static bool IsText(string text) => text.Length is > 0 and <= 1024 && text.Trim().Length == text.Length;

    // Browsers send origins in exactly one form, and they are compared as text.
    private static bool IsOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var origin)
        && (origin.Scheme == Uri.UriSchemeHttp || origin.Scheme == Uri.UriSchemeHttps)
        && text == $"{origin.Scheme}://{origin.IdnHost}{(origin.IsDefaultPort ? "" : $":{origin.Port}")}";
}
