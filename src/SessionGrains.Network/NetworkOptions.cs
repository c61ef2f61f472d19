using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace SessionGrains.Network;

/// <summary>How silos and APIs know each other: by certificates out of files, or not at all.</summary>
public sealed class NetworkOptions
{
    public const string Section = "SessionGrains:Network";

    /// <summary>A PEM file with this host's certificate, and after it those between it and the authority. Default: none, no TLS.</summary>
    public string? Certificate { get; set; }

    /// <summary>A PEM file with the certificate's private key. Default: none, no TLS.</summary>
    public string? Key { get; set; }

    /// <summary>A PEM file with the certificates of the authorities whose peers are believed, and of no others. Default: none, no TLS.</summary>
    public string? Authority { get; set; }

    /// <summary>The DNS name that a silo's certificate must carry. Default: silo.sessiongrains.</summary>
    [Required]
    public string SiloName { get; set; } = "silo.sessiongrains";

    /// <summary>The DNS name that an API's certificate must carry. Default: api.sessiongrains.</summary>
    [Required]
    public string ApiName { get; set; } = "api.sessiongrains";

    /// <summary>How long a peer may take to show who it is. Default: 5 s; 1 s to 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often the files are looked at; new connections use the new ones. Default: 10 s; 1 s to 1 h.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan ReloadEvery { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Lets a silo listen on an address that others reach, without TLS: only where something else keeps strangers away. Default: false.</summary>
    public bool AllowPlain { get; set; }

    internal bool IsTls => Files.All(file => file is { Length: > 0 });

    internal bool IsTlsInPart => !IsTls && Files.Any(file => file is { Length: > 0 });

    private string?[] Files => [Certificate, Key, Authority];
}

[OptionsValidator]
internal sealed partial class NetworkOptionsValidator : IValidateOptions<NetworkOptions>;

/// <summary>Certificate, key and authority are one thing, and the two kinds of hosts have two names.</summary>
internal sealed class NetworkIsWhole : IValidateOptions<NetworkOptions>
{
    public ValidateOptionsResult Validate(string? name, NetworkOptions options) =>
        options.IsTlsInPart
            ? ValidateOptionsResult.Fail($"{NetworkOptions.Section} needs Certificate, Key and Authority together, or none of them.")
            : string.Equals(options.SiloName, options.ApiName, StringComparison.OrdinalIgnoreCase)
                ? ValidateOptionsResult.Fail($"{NetworkOptions.Section}: SiloName and ApiName must differ: otherwise an API could pose as a silo.")
                : ValidateOptionsResult.Success;
}
