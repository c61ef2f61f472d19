using System.Globalization;
using System.Text.Json;

namespace SessionGrains.Tools.Files;

/// <summary>Writes JSON paths as people read them: <c>$.tools[1].name</c>, <c>$['a b']</c>.</summary>
public static class JsonPath
{
    public const string Root = "$";

    public static string Member(string path, string name) =>
        name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '$')
            ? $"{path}.{name}"
            : $"{path}['{JsonEncodedText.Encode(name)}']";

    public static string Item(string path, int index) => string.Create(CultureInfo.InvariantCulture, $"{path}[{index}]");
}
