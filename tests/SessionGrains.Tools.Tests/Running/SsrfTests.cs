using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using SessionGrains.Tools.Files;
using SessionGrains.Tools.Outbound;
using SessionGrains.Tools.Running;
using SessionGrains.Tools.Webhooks;

namespace SessionGrains.Tools.Tests.Running;

/// <summary>No tool reaches what only this server can reach. The canary stands for all of it.</summary>
public sealed class SsrfTests
{
    // {0} is the canary's port.
    public static TheoryData<string> Urls =>
    [
        "https://127.0.0.1:{0}/", "https://127.1:{0}/", "https://127.0.1:{0}/", "https://127.255.255.254:{0}/", "https://2130706433:{0}/", "https://0x7f000001:{0}/",
        "https://0x7f.0x0.0x0.0x1:{0}/", "https://0x7f.1:{0}/", "https://017700000001:{0}/", "https://0177.0.0.01:{0}/", "https://127.0.0.1.:{0}/",
        "https://①②⑦.⓪.⓪.①:{0}/", "https://127。0。0。1:{0}/",
        "https://0.0.0.0:{0}/", "https://0:{0}/", "https://0.1.2.3:{0}/", "https://[::]:{0}/", "https://[::1]:{0}/", "https://[0:0:0:0:0:0:0:1]:{0}/",
        "https://[::ffff:127.0.0.1]:{0}/", "https://[::ffff:7f00:1]:{0}/", "https://[::ffff:10.0.0.1]:{0}/", "https://[::ffff:169.254.169.254]:{0}/",
        "https://[::127.0.0.1]:{0}/", "https://[::ffff:0:127.0.0.1]:{0}/", "https://[64:ff9b::127.0.0.1]:{0}/", "https://[64:ff9b::a9fe:a9fe]:{0}/", "https://[64:ff9b:1::7f00:1]:{0}/",
        "https://[2002:7f00:1::]:{0}/", "https://[2001:0:7f00:1::]:{0}/", "https://[fe80::1]:{0}/", "https://[fe80::1%25lo]:{0}/", "https://[fc00::1]:{0}/", "https://[fd12:3456::1]:{0}/",
        "https://[fec0::1]:{0}/", "https://[ff02::1]:{0}/", "https://[fd00:ec2::254]:{0}/", "https://[100::1]:{0}/", "https://[2001:db8::1]:{0}/",
        "https://10.0.0.1:{0}/", "https://10.255.255.255:{0}/", "https://172.16.0.1:{0}/", "https://172.31.255.255:{0}/", "https://192.168.1.1:{0}/", "https://100.64.0.1:{0}/",
        "https://100.127.255.255:{0}/", "https://100.100.100.200:{0}/", "https://169.254.169.254:{0}/latest/meta-data/", "https://169.254.170.2:{0}/v2/credentials",
        "https://2852039166:{0}/", "https://0xa9fea9fe:{0}/", "https://168.63.129.16:{0}/", "https://192.0.0.192:{0}/", "https://198.18.0.1:{0}/", "https://224.0.0.1:{0}/",
        "https://240.0.0.1:{0}/", "https://255.255.255.255:{0}/", "https://192.0.2.1:{0}/",
        "https://127.000.000.001:{0}/", "https://0251.0376.0251.0376:{0}/", "https://0xA9.0xFE.0xA9.0xFE:{0}/", "https://[2002:a00:1::]:{0}/", "https://[64:ff9b::c0a8:101]:{0}/",
        "https://[fe80::5efe:7f00:1]:{0}/", "https://localhost:{0}/", "https://LOCALHOST.:{0}/", "https://sub.localhost:{0}/", "https://ip6-localhost:{0}/", "https://metadata.google.internal:{0}/computeMetadata/v1/",
        "https://127.0.0.1.nip.io:{0}/", "https://localtest.me:{0}/", "https://kubernetes.default.svc:{0}/", "https://ten.example:{0}/", "https://mapped.example:{0}/", "https://nat64.example:{0}/",
        "https://both.example:{0}/", "https://bothways.example:{0}/",
        "https://public.example@127.0.0.1:{0}/", "https://public.example:443@127.0.0.1:{0}/", "https://127.0.0.1:{0}@public.example/",
        "https://127.0.0.1:{0}#@public.example/", "https://127.0.0.1:{0}?@public.example/", "http://127.0.0.1:{0}/", "http://public.example:{0}/",
    ];

    public static TheoryData<string> LoopbackUrls =>
    [
        "https://127.0.0.1:{0}/", "https://127.1:{0}/", "https://2130706433:{0}/", "https://0x7f.1:{0}/", "https://0177.0.0.01:{0}/", "https://0:{0}/", "https://0.0.0.0:{0}/", "https://[::]:{0}/",
        "https://[::1]:{0}/", "https://[::ffff:127.0.0.1]:{0}/", "https://[::ffff:0.0.0.0]:{0}/", "https://localhost:{0}/", "https://127.0.0.1.:{0}/",
    ];

    [Theory]
    [MemberData(nameof(Urls))]
    public Task An_HTTP_tool_sends_no_byte_to_an_address_that_is_not_public(string url) => NoByteReaches(url, uri => Rig.Web(uri, allowsPrivate: false));

    [Theory]
    [MemberData(nameof(Urls))]
    public Task An_MCP_tool_sends_no_byte_to_an_address_that_is_not_public(string url) => NoByteReaches(url, uri => McpTool(uri, allowsPrivate: false));

    [Theory]
    [MemberData(nameof(Urls))]
    public Task A_webhook_sends_no_byte_to_an_address_that_is_not_public(string url) => NoByteReaches(url, async (rig, uri) =>
    {
        var answer = await rig.Get<IWebhookSender>().SendAsync(
            new(uri, AllowsPrivateNetwork: false, [Rig.Secret]), new("msg_1", "{}"u8.ToArray()), TimeSpan.FromSeconds(15), TestContext.Current.CancellationToken);

        Assert.Null(answer.Status);
        Assert.True(answer.Fault is "address refused" or "its URL holds a user" or "its URL is not encrypted", answer.Fault);
    });

    [Theory]
    [InlineData("https://%31%32%37.0.0.1/")]
    [InlineData("https://127.0.0.1\\@public.example/")]
    [InlineData("https://127.0.0.1:80\\@public.example/")]
    [InlineData("https://[127.0.0.1]/")]
    [InlineData("gopher://127.0.0.1/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("//127.0.0.1/")]
    public void What_is_no_web_address_cannot_be_declared(string url) => Assert.False(Rules.IsWebAddress(url));

    [Theory]
    [MemberData(nameof(LoopbackUrls))]
    public async Task The_same_holds_on_the_real_network(string url)
    {
        using var canary = new Canary();
        await using var rig = new Rig();
        var uri = new Uri(string.Format(System.Globalization.CultureInfo.InvariantCulture, url, canary.Port));

        Assert.IsType<ToolResult.Failed>(await rig.Run(Rig.Web(uri, allowsPrivate: false)));
        Assert.IsType<ToolResult.Failed>(await rig.Run(McpTool(uri, allowsPrivate: false)));
        Assert.Equal((0, 0), (canary.Connections, canary.Bytes));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_name_that_changes_its_address_gains_nothing(bool isMcp)
    {
        using var canary = new Canary();
        var network = new StubNetwork(canary);
        await using var rig = With(network);
        network.Answer("rebind.example", "8.8.8.8", "127.0.0.1", "8.8.8.8", "10.0.0.1");
        var url = new Uri($"https://rebind.example:{canary.Port}/");
        var tool = isMcp ? McpTool(url, allowsPrivate: false) : Rig.Web(url, allowsPrivate: false);

        for (var run = 0; run < 4; run++)
        {
            await rig.Run(tool);
        }

        // Each run resolved once, and connected to what it had checked.
        Assert.Equal(4, network.Resolved.Count);
        Assert.Equal([StubNetwork.Public, StubNetwork.Public], network.Dialled.SelectMany(addresses => addresses));
        Assert.Equal(0, canary.Connections);
    }

    [Fact]
    public void Each_of_the_two_kinds_is_tried_in_at_least_40_ways() => Assert.InRange(Urls.Select(url => url.Data).Distinct().Count(), 40, int.MaxValue);

    [Theory]
    [InlineData("169.254.169.254")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("100.100.100.200")]
    [InlineData("168.63.129.16")]
    [InlineData("fd00:ec2::254")]
    [InlineData("fd00:ec2::23")]
    [InlineData("fd20:ce::254")]
    [InlineData("169.254.1.1")]
    [InlineData("fe80::1")]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("224.0.0.1")]
    [InlineData("64:ff9b::10.0.0.1")]
    public void A_private_network_holds_no_metadata_and_nothing_special(string address) =>
        Assert.False(AddressRules.Allow(IPAddress.Parse(address), allowsPrivate: true));

    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("::ffff:8.8.8.8", true)]
    [InlineData("2606:4700:4700::1111", true)]
    [InlineData("172.32.0.1", true)]
    [InlineData("100.128.0.1", true)]
    [InlineData("127.0.0.1", false)]
    [InlineData("::1", false)]
    [InlineData("::ffff:10.1.2.3", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("172.31.0.1", false)]
    [InlineData("192.168.0.1", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("fd12:3456::1", false)]
    public void Public_addresses_are_for_all_tools_and_private_ones_for_those_that_say_so(string address, bool isPublic)
    {
        Assert.Equal(isPublic, AddressRules.Allow(IPAddress.Parse(address), allowsPrivate: false));
        Assert.True(AddressRules.Allow(IPAddress.Parse(address), allowsPrivate: true));
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    [InlineData(401)]
    [InlineData(200)]
    public async Task A_server_cannot_send_us_elsewhere(int status)
    {
        using var canary = new Canary();
        var elsewhere = $"http://127.0.0.1:{canary.Port}/";
        await using var backend = await Backend.Start(async (context, _) =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = elsewhere;
            context.Response.Headers.Append("Refresh", $"0; url={elsewhere}");
            context.Response.Headers.WWWAuthenticate = $"Bearer resource_metadata=\"{elsewhere}.well-known/oauth-protected-resource\"";
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync($"event: endpoint\ndata: {elsewhere}\n\n");
        });
        await using var rig = new Rig();

        await rig.Run(Rig.Web(backend.Url));
        await rig.Run(McpTool(backend.Url, allowsPrivate: true));

        Assert.Equal(0, canary.Connections);
        Assert.True(backend.Requests.Count > 1);
    }

    [Fact]
    public async Task A_server_of_the_older_MCP_transport_cannot_name_another_address()
    {
        using var canary = new Canary();
        await using var backend = await Backend.Start(async (context, _) =>
        {
            if (context.Request.Method == "POST")
            {
                context.Response.StatusCode = 405;
                return;
            }

            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync($"event: endpoint\ndata: http://127.0.0.1:{canary.Port}/\n\n");
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        });
        await using var rig = new Rig();

        Assert.IsType<ToolResult.Failed>(await rig.Run(McpTool(backend.Url, allowsPrivate: true)));
        Assert.Equal(0, canary.Connections);
    }

    private static Task NoByteReaches(string url, Func<Uri, ToolDeclaration> declare) =>
        NoByteReaches(url, async (rig, uri) => Assert.IsType<ToolResult.Failed>(await rig.Run(declare(uri))));

    private static async Task NoByteReaches(string url, Func<Rig, Uri, Task> send)
    {
        using var canary = new Canary();
        var network = new StubNetwork(canary);
        network.Answer("metadata.google.internal", "169.254.169.254");
        network.Answer("public.example", "8.8.8.8");
        network.Answer("ten.example", "10.0.0.1");
        network.Answer("mapped.example", "::ffff:192.168.0.1");
        network.Answer("nat64.example", "64:ff9b::a00:1");
        network.Answer("both.example", "8.8.8.8,127.0.0.1");
        network.Answer("bothways.example", "127.0.0.1,8.8.8.8");
        await using var rig = With(network);
        var uri = new Uri(string.Format(System.Globalization.CultureInfo.InvariantCulture, url, canary.Port));

        await send(rig, uri);

        Assert.Empty(network.Dialled);
        Assert.Equal((0, 0), (canary.Connections, canary.Bytes));
    }

    private static Rig With(INetwork network) => new(services => services.AddSingleton(network).AddWebhookSending());

    private static ToolDeclaration McpTool(Uri url, bool allowsPrivate) =>
        Rig.Web(url) with { Name = "crm__find", Target = new ToolTarget.Mcp("crm", "find", url, null, allowsPrivate) };
}
