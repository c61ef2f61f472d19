using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SessionGrains.Grains.Definitions;
using Xunit;

namespace SessionGrains.Grains.Tests.Definitions;

/// <summary>What is loaded at start, and what a change does to it. Files are real, time is not waited for.</summary>
public sealed class DefinitionCatalogTests : IDisposable
{
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_host_with_faulty_files_does_not_start_and_says_each_fault_in_a_line()
    {
        folder.Write("a.json", Texts.With(("guard", "\"ignore\""), ("limits", """{"max_secrets":0}""")));
        File.WriteAllText(Path.Combine(folder.Tools, "t.json"), "{}");
        using var host = new TestHost(folder);

        var stopped = await Assert.ThrowsAsync<DefinitionsException>(host.Start);

        Assert.Equal(
            [
                "definitions/a.json: $.guard has a wrong value; allowed: revert, end, warn.",
                "definitions/a.json: $.limits.max_secrets is out of bounds; allowed: a whole number from 1 to 1000.",
                "tools/t.json: $ does not say where the tool is run; allowed: either http or mcp.",
                "tools/t.json: $.name is missing; allowed: 1 to 64 letters, digits, _ or -.",
            ],
            stopped.Message.Split('\n').Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Definitions_are_loaded_before_anything_else_starts()
    {
        folder.Write("a.json", Texts.With());
        Definition? seen = null;
        using var host = new TestHost(folder, configure: builder => builder.Services.AddHostedService(services =>
            new OnStart(() => seen = services.GetRequiredService<DefinitionCatalog>().Find("intake"))));

        await host.Start();

        Assert.NotNull(seen);
    }

    [Fact]
    public void A_changed_file_is_a_new_version_and_the_old_one_is_still_found()
    {
        folder.Write("a.json", Texts.With());
        using var host = Loaded();
        var old = host.Catalog.Find("intake")!;

        folder.Write("a.json", Texts.With(("guard", "\"end\"")));
        host.Catalog.Reload();

        var current = host.Catalog.Find("intake")!;
        Assert.Equal(Guard.End, current.Guard);
        Assert.NotEqual(old.Version, current.Version);
        Assert.Same(old, host.Catalog.Find("intake", old.Version));
        Assert.Null(host.Catalog.Find("intake", "0123456789abcdef"));
    }

    [Fact]
    public void A_bad_change_keeps_the_last_good_version_and_is_logged_and_counted_once()
    {
        folder.Write("a.json", Texts.With());
        using var host = Loaded();
        var good = host.Catalog.Find("intake");

        folder.Write("a.json", Texts.With(("guard", "\"ignore\""), ("transcripts", "1")));
        host.Catalog.Reload();
        host.Catalog.Reload();

        Assert.Same(good, host.Catalog.Find("intake"));
        Assert.Equal(1, host.ReloadFailures);
        Assert.Collection(
            host.Errors,
            error => Assert.Contains("definitions/a.json: $.guard ", error, StringComparison.Ordinal),
            error => Assert.Contains("definitions/a.json: $.transcripts ", error, StringComparison.Ordinal));
    }

    [Fact]
    public void A_repaired_file_is_loaded_again()
    {
        folder.Write("a.json", Texts.With());
        using var host = Loaded();

        folder.Write("a.json", "{");
        host.Catalog.Reload();
        folder.Write("a.json", Texts.With(("guard", "\"warn\"")));
        host.Catalog.Reload();

        Assert.Equal(Guard.Warn, host.Catalog.Find("intake")!.Guard);
    }

    [Fact]
    public void A_removed_file_removes_its_definition_for_new_starts_only()
    {
        folder.Write("a.json", Texts.With());
        folder.Write("b.json", Texts.With(("name", "\"other\"")));
        using var host = Loaded();
        var removed = host.Catalog.Find("other")!;

        folder.Delete("b.json");
        host.Catalog.Reload();

        Assert.Null(host.Catalog.Find("other"));
        Assert.Equal(["intake"], host.Catalog.Current.Select(definition => definition.Name));
        Assert.Same(removed, host.Catalog.Find("other", removed.Version));
    }

    [Fact]
    public void A_faulty_file_does_not_hold_up_the_removal_of_another()
    {
        folder.Write("a.json", Texts.With());
        folder.Write("b.json", Texts.With(("name", "\"other\"")));
        using var host = Loaded();

        folder.Write("a.json", "{");
        folder.Write("c.json", "{");
        folder.Delete("b.json");
        host.Catalog.Reload();

        Assert.Null(host.Catalog.Find("other"));
        Assert.NotNull(host.Catalog.Find("intake"));
        Assert.Equal(1, host.ReloadFailures);
    }

    [Fact]
    public void A_definition_that_needs_a_removed_tool_keeps_it_until_the_definition_is_changed()
    {
        var tool = Path.Combine(folder.Tools, "t.json");
        File.WriteAllText(tool, """{"name":"find","description":"d","parameters":{"type":"object"},"http":{"url":"https://x/y"}}""");
        folder.Write("a.json", Texts.With(("tools", """["find"]""")));
        using var host = Loaded();

        File.Delete(tool);
        host.Catalog.Reload();
        Assert.NotNull(host.Catalog.FindTool("find"));

        folder.Write("a.json", Texts.With());
        host.Catalog.Reload();
        Assert.Null(host.Catalog.FindTool("find"));
        Assert.Empty(host.Catalog.Find("intake")!.Tools);
    }

    [Fact]
    public void A_folder_that_vanishes_changes_nothing()
    {
        folder.Write("a.json", Texts.With());
        using var host = Loaded();

        Directory.Delete(folder.Definitions, recursive: true);
        host.Catalog.Reload();

        Assert.NotNull(host.Catalog.Find("intake"));
        Assert.Equal(1, host.ReloadFailures);
    }

    [Fact]
    public void A_configured_folder_must_exist()
    {
        Directory.Delete(folder.Tools);
        using var host = new TestHost(folder);

        Assert.Equal(folder.Tools, Assert.Single(Assert.Throws<DefinitionsException>(host.Catalog.Load).Faults).File);
    }

    [Fact]
    public void A_default_folder_may_be_missing()
    {
        Directory.Delete(folder.Tools);
        folder.Write("a.json", Texts.With());
        using var host = new TestHost(folder, configure: builder =>
        {
            builder.Configuration["SessionGrains:Definitions"] = null;
            builder.Configuration["SessionGrains:Tools"] = null;
        });

        host.Catalog.Load();

        Assert.NotNull(host.Catalog.Find("intake"));
    }

    [Fact]
    public void A_file_that_is_no_UTF_8_is_a_fault()
    {
        File.WriteAllBytes(Path.Combine(folder.Definitions, "a.json"), [0x7b, 0xff, 0x7d]);
        using var host = new TestHost(folder);

        Assert.Equal("is no UTF-8", Assert.Single(Assert.Throws<DefinitionsException>(host.Catalog.Load).Faults).Wrong);
    }

    [Fact]
    public void Only_json_files_are_read()
    {
        folder.Write("a.json", Texts.With());
        folder.Write("a.json~", "{");
        folder.Write("README.md", "# Definitions");

        using var host = Loaded();

        Assert.Single(host.Catalog.Current);
    }

    [Fact]
    public async Task Comparing_more_often_than_each_second_is_refused()
    {
        using var host = new TestHost(folder, configure: builder => builder.Configuration["SessionGrains:ReloadEvery"] = "00:00:00.5");

        await Assert.ThrowsAsync<OptionsValidationException>(host.Start);
    }

    private TestHost Loaded()
    {
        var host = new TestHost(folder);
        host.Catalog.Load();
        return host;
    }

    private sealed class OnStart(Action act) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            act();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
