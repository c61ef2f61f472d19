using System.Collections.Immutable;
using System.Net;
using Microsoft.Security.AntiSSRF;

namespace SessionGrains.Tools.Outbound;

/// <summary>Which addresses a tool may be at: public ones, and private ones only where its file says so.</summary>
internal static class AddressRules
{
    // IPv6 forms that carry an IPv4 address, which Microsoft's list leaves out: some translators and old stacks follow them.
    private static readonly string[] Embedding = ["::/96", "::ffff:0:0:0/96"];

    // A cloud's metadata is nobody's tool, also where it lies in a private range.
    private static readonly string[] Metadata = ["169.254.169.254/32", "168.63.129.16/32", "100.100.100.200/32", "fd00:ec2::/32", "fd20:ce::254/128"];

    private static readonly ImmutableArray<IPNetwork> Special = Networks(IPAddressRanges.recommendedLatest, Embedding);

    private static readonly ImmutableArray<IPNetwork> Private = Networks(
        IPAddressRanges.loopback, IPAddressRanges.privateUse, IPAddressRanges.sharedAddressSpace, IPAddressRanges.uniqueLocal);

    private static readonly ImmutableArray<IPNetwork> Never = Networks(Metadata);

    public static bool Allow(IPAddress address, bool allowsPrivate)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        if (Holds(Never, plain))
        {
            return false;
        }

        return !Holds(Special, plain) || (allowsPrivate && Holds(Private, plain));
    }

    private static bool Holds(ImmutableArray<IPNetwork> networks, IPAddress address) => networks.Any(network => network.Contains(address));

    private static ImmutableArray<IPNetwork> Networks(params ReadOnlySpan<string[]> lists)
    {
        var networks = ImmutableArray.CreateBuilder<IPNetwork>();
        foreach (var list in lists)
        {
            networks.AddRange(list.Select(IPNetwork.Parse));
        }

        return networks.ToImmutable();
    }
}
