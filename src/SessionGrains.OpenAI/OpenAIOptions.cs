using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace SessionGrains.OpenAI;

/// <summary>Which Realtime API to use, and with which key.</summary>
public sealed class OpenAIOptions
{
    /// <summary>The long-lived key, from <c>OPENAI_API_KEY</c>. It stays in this process.</summary>
    public string? ApiKey { get; set; }

    /// <summary>A file that holds the key, from <c>OPENAI_API_KEY_FILE</c>. Read again when it changes, so a key rotates without a restart.</summary>
    public string? ApiKeyFile { get; set; }

    /// <summary>Where the API is, with its version, from <c>OPENAI_BASE_URL</c>.</summary>
    [Required, Url]
    public string BaseUrl { get; set; } = "https://api.openai.com/v1";

    /// <summary>The same API as a browser reaches it, from <c>OPENAI_PUBLIC_BASE_URL</c>. Default: <see cref="BaseUrl"/>.</summary>
    [Url]
    public string? PublicBaseUrl { get; set; }

    /// <summary>How long a mint or the creation of a call may take. Default: 8 seconds; 1 to 15.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:00:15")]
    public TimeSpan CreateTimeout { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>How long one attempt to hang up may take. Default: 5 seconds; 1 to 15.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:00:15")]
    public TimeSpan HangUpTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Where a browser posts its offer in client secret mode.</summary>
    public string PublicCallsUrl => $"{(PublicBaseUrl ?? BaseUrl).TrimEnd('/')}/realtime/calls";
}

[OptionsValidator]
internal sealed partial class OpenAIOptionsValidator : IValidateOptions<OpenAIOptions>;

/// <summary>A call before must be hung up and a new one created within the time for which its attempt counts as open.</summary>
internal sealed class TimeoutsFit : IValidateOptions<OpenAIOptions>
{
    private static readonly TimeSpan Both = TimeSpan.FromSeconds(18);

    public ValidateOptionsResult Validate(string? name, OpenAIOptions options) => options.CreateTimeout + options.HangUpTimeout <= Both
        ? ValidateOptionsResult.Success
        : ValidateOptionsResult.Fail($"CreateTimeout and HangUpTimeout together must not be longer than {Both.TotalSeconds} seconds.");
}

/// <summary>A key must come from somewhere; the message never repeats it.</summary>
internal sealed class ApiKeyPresence : IValidateOptions<OpenAIOptions>
{
    public ValidateOptionsResult Validate(string? name, OpenAIOptions options) => options switch
    {
        { ApiKeyFile: { Length: > 0 } file } when !File.Exists(file) =>
            ValidateOptionsResult.Fail($"OPENAI_API_KEY_FILE names a file that does not exist: {file}"),
        { ApiKeyFile: { Length: > 0 } } or { ApiKey: { Length: > 0 } } => ValidateOptionsResult.Success,
        _ => ValidateOptionsResult.Fail("Set OPENAI_API_KEY, or OPENAI_API_KEY_FILE to a file that holds the key."),
    };
}
