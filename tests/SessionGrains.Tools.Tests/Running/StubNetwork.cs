using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using SessionGrains.Tools.Outbound;

namespace SessionGrains.Tools.Tests.Running;

/// <summary>A network in which every address that is not public leads to the canary, and so does every name that is not known.</summary>
internal sealed class StubNetwork(Canary canary) : INetwork
{
    public static readonly IPAddress Public = IPAddress.Parse("8.8.8.8");

    private readonly ConcurrentDictionary<string, ConcurrentQueue<IPAddress[]>> names = new(StringComparer.OrdinalIgnoreCase);

    public ConcurrentQueue<string> Resolved { get; } = [];

    public ConcurrentQueue<IPAddress[]> Dialled { get; } = [];

    /// <summary>What a name is answered with, one answer after the other.</summary>
    public void Answer(string name, params string[] answers) =>
        names[name] = new(answers.Select(answer => answer.Split(',').Select(IPAddress.Parse).ToArray()));

    public Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        Resolved.Enqueue(host);
        return Task.FromResult(
            IPAddress.TryParse(host, out var address) ? [address]
            : names.TryGetValue(host, out var answers) && answers.TryDequeue(out var answer) ? answer
            : [IPAddress.Loopback]);
    }

    public Task<Stream> ConnectAsync(IPAddress[] addresses, int port, CancellationToken cancellationToken)
    {
        Dialled.Enqueue(addresses);
        return addresses.Length == 1 && addresses[0].Equals(Public)
            ? Task.FromException<Stream>(new SocketException((int)SocketError.HostUnreachable))
            : new SystemNetwork().ConnectAsync([IPAddress.Loopback], canary.Port, cancellationToken);
    }
}
