using System.Net;
using System.Text.Json.Nodes;
using Npgsql;
using SessionGrains.Testing;
using SessionGrains.Testing.Hosts;
using Xunit;

namespace SessionGrains.Product.Tests;

/// <summary>The next version's silos write to the same database: what this version does with it.</summary>
/// <remarks>The next version is pretended by rewriting rows as it would, between two owners, as when a workflow goes from one silo to another and back.</remarks>
public sealed class VersionTests(TestPostgres postgres)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task What_the_next_version_added_to_a_workflow_survives_a_time_with_this_one()
    {
        var database = await postgres.CreateDatabaseAsync(TestContext.Current.CancellationToken);
        await using var product = await RunningProduct.Cluster(database, Patient, silos: 1);
        using var browser = product.Browser("ada");
        var started = await browser.MustStart("patient");
        await product.KillSilos();

        await Rewrite(database, started, state =>
        {
            state["from_tomorrow"] = new JsonObject { ["a"] = 1, ["b"] = new JsonArray(true, null, "x") };
            state["secrets"]![0]!["from_tomorrow"] = "s";
            state["timeline"]![0]!["from_tomorrow"] = 2.5;
        });
        await product.Restart();

        // This version reads it, goes on with it, and writes it again.
        var connected = await Eventually.NotNull(
            async () => await browser.Connect(started, Browser.Offer + Browser.DataChannel) is { Status: HttpStatusCode.Created } answer ? answer : null, Patience, () => product.Output);
        Assert.NotNull(connected.CallId);
        var written = await Read(database, started);
        Assert.Equal("active", (string?)written["phase"]);
        Assert.Equal("""{"a":1,"b":[true,null,"x"]}""", written["from_tomorrow"]?.ToJsonString());
        Assert.Equal("s", (string?)written["secrets"]![0]!["from_tomorrow"]);
        Assert.Equal(2.5, (double?)written["timeline"]![0]!["from_tomorrow"]);

        // And back: whoever ends it files it and leaves nothing of a person behind, whatever tomorrow called it.
        Assert.Equal(HttpStatusCode.OK, (await browser.End(started)).Status);
        await Eventually.True(async () => (string?)(await browser.View(started))["status"] is "ended", Patience, () => product.Output);
        Assert.Null((await Read(database, started))["from_tomorrow"]);
    }

    [Theory]
    [InlineData("phase", "paused")]
    [InlineData("mode", "telepathic")]
    public async Task A_value_that_only_the_next_version_knows_is_refused_and_left_as_it_is(string member, string value)
    {
        var database = await postgres.CreateDatabaseAsync(TestContext.Current.CancellationToken);
        await using var product = await RunningProduct.Cluster(database, Patient, silos: 1);
        using var browser = product.Browser("ada");
        var started = await browser.MustStart("patient");
        var other = await browser.MustStart("patient");
        await product.KillSilos();
        string? before = null;
        await Rewrite(database, started, state =>
        {
            before = (string)state[member]!;
            state[member] = value;
        });
        var foreign = (await Read(database, started)).ToJsonString();
        await product.Restart();

        // Refused as something that passes: a silo of the next version can do what this one cannot.
        var refusals = new List<Answer>();
        foreach (var ask in new Func<Task<Answer>>[] { () => browser.Connect(started), () => browser.End(started), () => browser.Renew(started) })
        {
            refusals.Add(await ask());
        }

        Assert.All(refusals, refusal => Assert.True(refusal is { Status: HttpStatusCode.ServiceUnavailable, Code: "storage_unavailable" }, $"{refusal.Status}: {refusal.Text}\n{product.Output}"));
        Assert.Equal(foreign, (await Read(database, started)).ToJsonString());
        // Nobody else notices.
        Assert.Equal(HttpStatusCode.OK, (await browser.End(other)).Status);

        // As the next version leaves it when it has no more need of the new value.
        await Rewrite(database, started, state => state[member] = before);
        await Eventually.True(async () => (await browser.End(started)).Status is HttpStatusCode.OK, Patience, () => product.Output);
        await Eventually.True(async () => (string?)(await browser.View(started))["status"] is "ended", Patience, () => product.Output);
    }

    [Fact]
    public async Task Silos_of_this_version_start_and_work_on_a_database_that_the_next_one_has_migrated()
    {
        var database = await postgres.CreateDatabaseAsync(TestContext.Current.CancellationToken);
        await using var product = await RunningProduct.Cluster(database, Patient, silos: 1);
        using var browser = product.Browser("ada");
        var started = await browser.MustStart("patient");

        // Migrations only add: while this version's silos run, and before some of them start again.
        await using (var source = NpgsqlDataSource.Create(database))
        {
            await using var migration = source.CreateCommand(
                """
                ALTER TABLE slot ADD COLUMN region text NOT NULL DEFAULT 'here';
                ALTER TABLE final_report ADD COLUMN region text;
                ALTER TABLE audit_event ADD COLUMN region text;
                CREATE TABLE from_tomorrow (id bigint PRIMARY KEY);
                INSERT INTO schemaversions (scriptname, applied) VALUES ('9999_from_tomorrow.sql', now());
                """);
            await migration.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        var connected = await browser.Connect(started, Browser.Offer + Browser.DataChannel);
        Assert.True(connected.Status is HttpStatusCode.Created, $"{connected.Text}\n{product.Output}");
        await product.AddSilo();
        await product.Silos[0].TerminateAsync();
        await Eventually.True(async () => (await browser.End(started)).Status is HttpStatusCode.OK, Patience, () => product.Output);
        await Eventually.True(async () => (string?)(await browser.View(started))["status"] is "ended", Patience, () => product.Output);
        Assert.NotNull((await browser.MustStart("patient"))["id"]);
    }

    // All silos at once are gone for a while in these tests.
    private static void Patient(TestDefinitions definitions) => definitions.Add("patient", "brokered", """{"secret_ttl_seconds":600,"attach_seconds":600,"max_duration_seconds":900,"control_lost_seconds":300}""");

    /// <summary>Writes a workflow's row as another silo would: a whole new state, and the next version of the row.</summary>
    private static async Task Rewrite(string database, JsonNode started, Action<JsonNode> change)
    {
        var state = await Read(database, started);
        change(state);
        await using var source = NpgsqlDataSource.Create(database);
        await using var write = source.CreateCommand(
            "UPDATE orleansstorage SET payloadbinary = $1, version = version + 1 WHERE grainidextensionstring = $2 AND graintypestring = 'workflow'");
        write.Parameters.AddWithValue(System.Text.Encoding.UTF8.GetBytes(state.ToJsonString()));
        write.Parameters.AddWithValue((string)started["id"]!);
        Assert.Equal(1, await write.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
    }

    private static async Task<JsonNode> Read(string database, JsonNode started)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var read = source.CreateCommand("SELECT payloadbinary FROM orleansstorage WHERE grainidextensionstring = $1 AND graintypestring = 'workflow'");
        read.Parameters.AddWithValue((string)started["id"]!);
        return JsonNode.Parse((byte[])(await read.ExecuteScalarAsync(TestContext.Current.CancellationToken))!)!;
    }
}
