using System.Collections.Immutable;
using System.Globalization;
using System.Net.Mail;

namespace SessionGrains.Tools.Schemas;

/// <summary>A <c>format</c> that is really checked.</summary>
internal sealed record SchemaFormat(string Name, string Description, Func<string, bool> IsMatch)
{
    public static ImmutableArray<SchemaFormat> All { get; } =
    [
        new("date", "a date such as 2026-01-31",
            text => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _)),
        new("date-time", "a date and time such as 2026-01-31T09:30:00Z", IsDateTime),
        new("email", "an e-mail address", text => text.Contains('@') && MailAddress.TryCreate(text, out var address) && address.Address == text),
        new("uri", "an absolute URL", text => Uri.TryCreate(text, UriKind.Absolute, out var uri) && text.StartsWith(uri.Scheme, StringComparison.OrdinalIgnoreCase)),
        new("uuid", "a UUID", text => Guid.TryParseExact(text, "D", out _)),
    ];

    private static bool IsDateTime(string text) =>
        text.Length >= 20 && (text[10] is 'T' or 't')
        && (text[^1] is 'Z' or 'z' || text[^6] is '+' or '-')
        && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out _);
}
