using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using SessionGrains.Grains.Definitions;
using SessionGrains.Tools.Mcp;
using SessionGrains.Tools.Schemas;
using Xunit;

namespace SessionGrains.Grains.Tests.Definitions;

/// <summary>Which tools can be run, as servers come and go and files change.</summary>
public sealed class ToolboxTests : IDisposable
{
    private const string Crm = """{"name":"crm","mcp":{"url":"https://crm.internal/mcp","tools":["find_customer"]}}""";
    private const string FindCustomer = "crm__find_customer";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TestFolder folder = new();
    private readonly FakeTimeProvider clock = new();
    private readonly ToolboxServers servers;

    public ToolboxTests()
    {
        servers = new(clock);
        folder.Write("a.json", Texts.With());
        Write("crm.json", Crm);
    }

    public static TheoryData<string> Lookalikes =>
    [
        "Lookup_order", "LOOKUP_ORDER", "lookup_ordeR", "lookup_order ", " lookup_order", "lookup_order\t", "lookup_order\n", "\nlookup_order", "lookup_order\0", "lookup_order\0x", "lookup_order\u00a0",
        "lookup_order\u200b", "look\u200dup_order", "\ufefflookup_order", "lookup\u00ad_order", "\u202elookup_order", "lookup_order\u0301", "l\u043e\u043ekup_order", "lookup_\u043erder", "look\u03c5p_order",
        "lookup_ord\u0435r", "looku\u0440_order", "\uff4cookup_order", "lookup\uff3forder", "lookup\u2010order", "lookup-order", "lookup.order", "lookup order", "lookup__order", "lookuporder", "lookup_orders",
        "lookup_orde", "", " ", "*", "%", "lookup_%", "lookup_order;issue_refund", "lookup_order,issue_refund", "lookup_order/issue_refund", "../lookup_order", "lookup_order?x", "lookup%5Forder",
        "functions.lookup_order", "lookup_order()", "\"lookup_order\"", "code:lookup_order", "crm/find_customer", "crm_find_customer", "crm__Find_customer", "CRM__find_customer", "crm__find_customer ",
        "crm__find_customer__x", "find_customer", "crm", "crm__", "__find_customer", "crm__other", "http", "constructor", "__proto__", "\ud800", "null",
    ];

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_tool_whose_declaration_is_whole_is_there_at_once()
    {
        servers.Answer = ToolboxServers.Nothing;
        using var host = await Start();

        Assert.Equal("Finds an order.", host.Toolbox.Find("lookup_order")!.Description);
        Assert.Equal("Finds an order.", host.Toolbox.DescriptionOf("lookup_order"));
        Assert.Null(host.Toolbox.Find("nobody"));
        Assert.Equal("", host.Toolbox.DescriptionOf("nobody"));
    }

    [Fact]
    public async Task A_tool_of_a_server_is_there_with_its_servers_words_once_the_server_was_asked()
    {
        using var host = await Start();
        await Listed(host);

        var tool = host.Toolbox.Find(FindCustomer)!;

        Assert.Equal("Finds a customer.", tool.Description);
        Assert.NotNull(tool.Parameters);
        Assert.Equal("Finds a customer.", host.Toolbox.DescriptionOf(FindCustomer));
    }

    [Fact]
    public async Task Neither_a_start_nor_a_reload_waits_for_a_server()
    {
        var answer = new TaskCompletionSource<ToolOffer>(TaskCreationOptions.RunContinuationsAsynchronously);
        servers.Answer = _ => answer.Task;

        using var host = await Start().WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Null(host.Toolbox.Find(FindCustomer));
        Assert.True(host.Toolbox.IsAwaited(FindCustomer));
        var loaded = host.NextLoad();
        Write("clock.json", """{"name":"clock","mcp":{"url":"https://clock.internal/mcp","tools":["now"]}}""");
        host.Catalog.Reload();
        Assert.NotNull((await loaded).Tools["clock__now"]);

        answer.SetResult(ToolboxServers.Offer(host.Catalog.FindTool(FindCustomer)!));
        await Until(() => host.Toolbox.Find(FindCustomer) is not null);
        Assert.False(host.Toolbox.IsAwaited(FindCustomer));
        Assert.False(host.Toolbox.IsAwaited("nobody_has_it"));
    }

    [Fact]
    public async Task A_server_that_hangs_holds_up_no_other_one()
    {
        Write("clock.json", """{"name":"clock","mcp":{"url":"https://clock.internal/mcp","tools":["now"]}}""");
        var never = new TaskCompletionSource<ToolOffer>();
        servers.Answer = tool => tool.Name == FindCustomer ? never.Task : Task.FromResult(ToolboxServers.Offer(tool));

        using var host = await Start();

        await Until(() => host.Toolbox.Find("clock__now") is not null);
        Assert.Null(host.Toolbox.Find(FindCustomer));
    }

    [Fact]
    public async Task A_server_that_cannot_be_reached_is_asked_again_every_30_seconds()
    {
        servers.Answer = ToolboxServers.Nothing;
        using var host = await Start();
        // Time stands still until it was asked for the first time: that is when the thirty seconds begin.
        await Until(() => !servers.Asked.IsEmpty, TimeSpan.Zero);

        await Until(() => servers.Asked.Count >= 3);

        var at = servers.Asked.Select(asked => asked.At).ToArray();
        Assert.True(at[1] - at[0] >= TimeSpan.FromSeconds(30));
        Assert.True(at[2] - at[0] >= TimeSpan.FromSeconds(60));
        servers.Answer = tool => Task.FromResult(ToolboxServers.Offer(tool));
        await Until(() => host.Toolbox.DescriptionOf(FindCustomer) == "Finds a customer.");
    }

    [Fact]
    public async Task Whoever_wants_a_missing_tool_has_its_server_asked_sooner_but_not_for_every_wish()
    {
        servers.Answer = ToolboxServers.Nothing;
        using var host = await Start();
        await Until(() => !servers.Asked.IsEmpty);

        for (var wish = 0; wish < 1_000; wish++)
        {
            Assert.Null(host.Toolbox.Find(FindCustomer));
            await Task.Yield();
        }

        Assert.Single(servers.Asked);
        await Until(() => servers.Asked.Count == 2, TimeSpan.FromMilliseconds(10));
        var (first, second) = (servers.Asked.First().At, servers.Asked.Last().At);
        Assert.InRange(second - first, ToolListing.Pause, ToolListing.RetryEvery - TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_changed_file_has_its_server_asked_without_waiting_for_the_next_round()
    {
        using var host = await Start();
        await Listed(host);
        var changed = clock.GetUtcNow();

        Write("crm.json", Crm + "\n");
        host.Catalog.Reload();
        await Until(() => servers.Asked.Count == 2, TimeSpan.FromMilliseconds(10));

        Assert.True(servers.Asked.Last().At - changed < TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Showing_a_tool_asks_no_server()
    {
        servers.Answer = ToolboxServers.Nothing;
        using var host = await Start();
        await Until(() => !servers.Asked.IsEmpty);

        Assert.Equal("", host.Toolbox.DescriptionOf(FindCustomer));
        await Until(() => servers.Asked.Count == 2);

        // A question arrives some time after it was asked; one that the showing had caused would come at once.
        Assert.True(servers.Asked.Last().At - servers.Asked.First().At >= ToolListing.RetryEvery / 2);
    }

    [Fact]
    public async Task Only_what_is_missing_is_asked_for()
    {
        Write("clock.json", """{"name":"clock","mcp":{"url":"https://clock.internal/mcp","tools":["now","zone"]}}""");
        servers.Answer = tool => tool.Name == "clock__zone" ? ToolboxServers.Nothing(tool) : Task.FromResult(ToolboxServers.Offer(tool));
        using var host = await Start();

        await Until(() => servers.Asked.Count == 3);

        Assert.Equal(["clock__now clock__zone", FindCustomer], servers.Asked.Take(2).Select(asked => asked.Tools).Order(StringComparer.Ordinal));
        Assert.Equal("clock__zone", servers.Asked.Last().Tools);
    }

    [Fact]
    public async Task A_tool_that_is_not_what_was_pinned_is_gone_until_its_file_changes()
    {
        servers.Answer = tool => Task.FromResult(new ToolOffer(tool, null, IsDisabled: true));
        using var host = await Start();
        await Until(() => !servers.Asked.IsEmpty);
        Write("clock.json", """{"name":"clock","mcp":{"url":"https://clock.internal/mcp","tools":["now"]}}""");
        host.Catalog.Reload();
        await Until(() => servers.Asked.Count == 2);

        // Another server was asked, this one was not.
        Assert.Equal([FindCustomer, "clock__now"], servers.Asked.Select(asked => asked.Tools));
        Assert.Null(host.Toolbox.Find(FindCustomer));

        servers.Answer = tool => Task.FromResult(ToolboxServers.Offer(tool, "Finds another customer."));
        Write("crm.json", Crm + "\n");
        host.Catalog.Reload();

        await Until(() => host.Toolbox.DescriptionOf(FindCustomer) == "Finds another customer.");
    }

    [Fact]
    public async Task A_tool_that_a_call_finds_changed_is_gone_at_once()
    {
        using var host = await Start();
        await Listed(host);

        servers.Disable(host.Toolbox.Find(FindCustomer)!);

        Assert.Null(host.Toolbox.Find(FindCustomer));
        Assert.Equal("", host.Toolbox.DescriptionOf(FindCustomer));
        Assert.NotNull(host.Toolbox.Find("lookup_order"));
    }

    [Fact]
    public async Task What_a_server_said_for_another_declaration_does_not_count()
    {
        using var host = await Start();
        await Listed(host);

        servers.Answer = ToolboxServers.Nothing;
        Write("crm.json", Crm.Replace("crm.internal", "other.internal", StringComparison.Ordinal));
        host.Catalog.Reload();
        Assert.Null(host.Toolbox.Find(FindCustomer));

        File.Delete(Path.Combine(folder.Tools, "crm.json"));
        host.Catalog.Reload();
        Assert.Null(host.Toolbox.Find(FindCustomer));
    }

    [Fact]
    public async Task A_listing_that_breaks_is_logged_and_tried_again()
    {
        var fails = 0;
        servers.Answer = tool => Interlocked.Increment(ref fails) == 1 ? throw new InvalidDataException("Host=db;Password=canary") : Task.FromResult(ToolboxServers.Offer(tool));
        using var host = await Start();

        await Until(() => host.Toolbox.DescriptionOf(FindCustomer) != "");

        Assert.Equal(["The tools of MCP server crm could not be listed and pinned, which is tried again: InvalidDataException"], host.Errors);
    }

    [Theory]
    [MemberData(nameof(Lookalikes))]
    public async Task A_name_that_only_looks_like_a_tools_is_nobodys(string name)
    {
        using var host = await Start();
        await Listed(host);

        Assert.Null(host.Toolbox.Find(name));
        Assert.NotNull(host.Toolbox.Find("lookup_order"));
        Assert.NotNull(host.Toolbox.Find(FindCustomer));
    }

    private async Task<TestHost> Start()
    {
        var host = new TestHost(folder, clock, builder =>
        {
            builder.Services.AddSingleton<IToolServers>(servers);
            builder.Services.AddToolbox();
            builder.Services.AddSingleton(Texts.CodeTool("lookup_order") with { Description = "Finds an order.", Parameters = Schema.Parse("""{"type":"object"}""") });
            builder.Services.AddSingleton(Texts.CodeTool("issue_refund") with { Description = "Pays back.", Parameters = Schema.Parse("""{"type":"object"}""") });
        });
        await host.Start();
        return host;
    }

    private Task Listed(TestHost host) => Until(() => host.Toolbox.DescriptionOf(FindCustomer).Length > 0);

    /// <summary>Lets time pass, a little at a time so that what wakes up keeps pace, until something holds.</summary>
    private async Task Until(Func<bool> holds, TimeSpan? step = null)
    {
        var started = TimeProvider.System.GetTimestamp();
        using var knock = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!holds())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < Patience, "It did not happen in time.");
            await knock.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            clock.Advance(step ?? TimeSpan.FromSeconds(1));
        }
    }

    private void Write(string file, string text) => File.WriteAllText(Path.Combine(folder.Tools, file), text);
}
