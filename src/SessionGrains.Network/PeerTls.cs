using System.Net.Security;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Connections.Security;

namespace SessionGrains.Network;

/// <summary>Says for each connection what this host shows, and which name its peer must have.</summary>
/// <remarks>
/// Orleans' own middleware does the work. What it is given here is read anew for each handshake: certificate and trust are the files' of that moment.
/// </remarks>
internal sealed class PeerTls(IdentityFiles files, IOptions<NetworkOptions> options, ILogger<PeerTls> logger)
{
    /// <summary>For connections that come in: only from peers of this name.</summary>
    public TlsOptions Accept(string peer)
    {
        var tls = Common(peer);
        tls.LocalServerCertificateSelector = (_, _) => files.Current.Certificate.TargetCertificate;
        tls.OnAuthenticateAsServer = (_, handshake) =>
        {
            var ssl = (SslServerAuthenticationOptions)handshake.SslServerAuthenticationOptions;
            // The context holds the certificate with those that lead to the authority; a selector would send it alone.
            ssl.ServerCertificateSelectionCallback = null;
            ssl.ServerCertificateContext = files.Current.Certificate;
            ssl.CertificateChainPolicy = Identity.Trust(files.Current.Authorities);
            // A resumed session would outlive a change of authorities.
            ssl.AllowTlsResume = false;
        };
        return tls;
    }

    /// <summary>For connections that go out: only to peers of this name.</summary>
    public TlsOptions Connect(string peer)
    {
        var tls = Common(peer);
        tls.OnAuthenticateAsClient = (_, handshake) =>
        {
            var ssl = (SslClientAuthenticationOptions)handshake.SslClientAuthenticationOptions;
            ssl.TargetHost = peer;
            ssl.ClientCertificateContext = files.Current.Certificate;
            ssl.CertificateChainPolicy = Identity.Trust(files.Current.Authorities);
            ssl.AllowTlsResume = false;
        };
        return tls;
    }

    private TlsOptions Common(string peer) => new()
    {
        SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        HandshakeTimeout = options.Value.HandshakeTimeout,
        RemoteCertificateMode = RemoteCertificateMode.RequireCertificate,
        RemoteCertificateValidation = (certificate, chain, errors) =>
        {
            // Names have been compared on the way out; on the way in nobody has done so yet.
            var isPeer = errors is SslPolicyErrors.None && certificate.HasName(peer);
            if (!isPeer)
            {
                logger.PeerRefused(
                    certificate.Thumbprint, peer, errors, string.Join(", ", chain?.ChainStatus.Select(status => status.Status) ?? []));
            }

            return isPeer;
        },
    };
}
