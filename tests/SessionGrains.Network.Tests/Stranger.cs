using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace SessionGrains.Network.Tests;

/// <summary>Whoever knocks at a port, with a certificate of any kind or with none, and believes whatever it is shown.</summary>
internal static class Stranger
{
    // A peer that is neither let in nor sent away fails the test.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>What the other side says until it closes; empty when it says nothing.</summary>
    public static async Task<string> Knock(int port, Issued? shown, SslProtocols protocols = SslProtocols.None, Action<X509Certificate2>? see = null)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, patience.Token);
        try
        {
            await using var tls = new SslStream(client.GetStream());
            using var certificate = shown?.WithKey();
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = "anybody",
                    EnabledSslProtocols = protocols,
                    ClientCertificates = certificate is null ? null : [certificate],
                    RemoteCertificateValidationCallback = (_, theirs, _, _) =>
                    {
                        see?.Invoke((X509Certificate2)theirs!);
                        return theirs is not null;
                    },
                },
                patience.Token);
            return await ReadToEnd(tls, patience.Token);
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            return "";
        }
    }

    /// <summary>Says something without TLS, or nothing at all, and hears what comes back.</summary>
    public static async Task<string> KnockPlainly(int port, byte[] words)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, patience.Token);
        try
        {
            await client.GetStream().WriteAsync(words, patience.Token);
            return await ReadToEnd(client.GetStream(), patience.Token);
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static async Task<string> ReadToEnd(Stream stream, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
        return await reader.ReadToEndAsync(cancellationToken);
    }
}
