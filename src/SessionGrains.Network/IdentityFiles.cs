using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace SessionGrains.Network;

/// <summary>This host's identity as its files have it now. New connections use the new one; files that are no good leave the last good one in place.</summary>
internal sealed class IdentityFiles : BackgroundService
{
    private readonly NetworkOptions options;
    private readonly HostKind kind;
    private readonly TimeProvider clock;
    private readonly ILogger<IdentityFiles> logger;

    private volatile Identity current;
    private byte[] lookedAt;

    /// <exception cref="OptionsValidationException">The files are no good: without an identity a host does not start.</exception>
    public IdentityFiles(IOptions<NetworkOptions> options, HostKind kind, TimeProvider clock, ILogger<IdentityFiles> logger)
    {
        (this.options, this.kind, this.clock, this.logger) = (options.Value, kind, clock, logger);
        try
        {
            (current, lookedAt) = Read() ?? throw new InvalidOperationException("The first look finds something new.");
        }
        catch (Exception e) when (IsNoGood(e))
        {
            throw new OptionsValidationException(
                NetworkOptions.Section, typeof(NetworkOptions), [$"{NetworkOptions.Section}: Certificate, Key and Authority are no good: {e.Message}."]);
        }

        logger.Identified(OwnName, current.Certificate.TargetCertificate.NotAfter.ToUniversalTime());
    }

    public Identity Current => current;

    private string OwnName => kind is HostKind.Silo ? options.SiloName : options.ApiName;

    /// <summary>Takes changed files into use.</summary>
    public void Reload()
    {
        try
        {
            if (Read() is var (changed, text))
            {
                (current, lookedAt) = (changed, text);
                logger.Identified(OwnName, changed.Certificate.TargetCertificate.NotAfter.ToUniversalTime());
            }
        }
        // Half written, gone for the moment, or wrong: whoever changed them learns of it here.
        catch (Exception e) when (IsNoGood(e))
        {
            logger.IdentityKept(e.Message);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // A secret mounted into a container changes by a swapped link, which file watchers miss.
        using var look = new PeriodicTimer(options.ReloadEvery, clock);
        while (await look.WaitForNextTickAsync(stoppingToken))
        {
            Reload();
        }
    }

    private static bool IsNoGood(Exception e) => e is IOException or UnauthorizedAccessException or CryptographicException or InvalidDataException or ArgumentException;

    /// <summary>Null when the files are as they were.</summary>
    private (Identity Identity, byte[] Text)? Read()
    {
        var (certificate, key, authority) = (File.ReadAllText(options.Certificate!), File.ReadAllText(options.Key!), File.ReadAllText(options.Authority!));
        var text = SHA256.HashData(Encoding.UTF8.GetBytes($"{certificate}\0{key}\0{authority}"));
        return lookedAt is not null && text.AsSpan().SequenceEqual(lookedAt)
            ? null
            : (Identity.Read(certificate, key, authority, kind, OwnName), text);
    }
}
