using System.ComponentModel.DataAnnotations;
using System.Net;
using Microsoft.Extensions.Options;

namespace SessionGrains.Grains;

/// <summary>Where a silo listens for other silos and for the API.</summary>
public sealed class SiloOptions
{
    public const string Section = "SessionGrains:Silo";

    /// <summary>The one address that it listens on and tells the others. Default: loopback, so that nobody else reaches it.</summary>
    [Required]
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>The port for other silos. Default: 11111.</summary>
    [Range(1, 65535)]
    public int Port { get; set; } = 11111;

    /// <summary>The port for the API. Default: 30000.</summary>
    [Range(1, 65535)]
    public int GatewayPort { get; set; } = 30000;
}

[OptionsValidator]
internal sealed partial class SiloOptionsValidator : IValidateOptions<SiloOptions>;

/// <summary>One address, never every interface: whoever reaches a silo's ports can call any grain.</summary>
internal sealed class SiloAddressIsOne : IValidateOptions<SiloOptions>
{
    public ValidateOptionsResult Validate(string? name, SiloOptions options) =>
        !IPAddress.TryParse(options.Address, out var address)
            ? ValidateOptionsResult.Fail($"SessionGrains:Silo:Address is {options.Address}; it must be an IP address of this machine.")
            : address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)
                ? ValidateOptionsResult.Fail("SessionGrains:Silo:Address must be one address, not every interface: whoever reaches a silo can call any grain.")
                : ValidateOptionsResult.Success;
}
