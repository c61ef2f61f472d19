using Xunit;

namespace SessionGrains.Grains.Tests.Workflows;

/// <summary>Whom the sweeper knocks at again, and what keeps it from looking.</summary>
public sealed class SweeperTests
{
    private const string OfTomorrow =
        """
        UPDATE orleansstorage SET payloadbinary = CAST(replace(CAST(payloadbinary AS TEXT), '"active"', '"of_tomorrow"') AS BLOB)
        WHERE grainidextensionstring = @id
        """;

    // So long that nothing of it is due while the clock moves, however slow the machine is.
    private static readonly string Long = Lab.Definition("long", "brokered", """{"max_duration_seconds":3540}""");

    [Fact]
    public async Task Only_a_workflow_that_could_not_be_woken_is_knocked_at_again()
    {
        var before = await Lab.Start(definitions: [Long]);
        var (sound, unreadable) = (await before.BeginCall("long"), await before.BeginCall("long"));
        await before.Query(OfTomorrow, _ => 0, ("id", unreadable.Id.Value));
        await before.Stop();

        await using (var lab = await Lab.Start(sweeps: true, folder: before.Folder, definitions: [Long]))
        {
            await lab.Sidebands.Attached();
            await TimePasses(lab, () => Failures(lab, unreadable.Id) >= 2);
            var reads = await Forget(lab, sound);

            await TimePasses(lab, () => Failures(lab, unreadable.Id) >= 4);

            Assert.Equal(reads, Reads(lab, sound.Id));
        }

        before.Folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_sweep_that_cannot_tidy_up_has_looked_all_the_same()
    {
        var before = await Lab.Start(definitions: [Long]);
        var sound = await before.BeginCall("long");
        await before.Query("DROP TABLE start_block", _ => 0);
        await before.Stop();

        await using (var lab = await Lab.Start(sweeps: true, folder: before.Folder, definitions: [Long]))
        {
            await lab.Sidebands.Attached();
            await TimePasses(lab, () => CouldNotTidy(lab) >= 2);
            var reads = await Forget(lab, sound);

            await TimePasses(lab, () => CouldNotTidy(lab) >= 3);

            Assert.Equal(reads, Reads(lab, sound.Id));
            Assert.DoesNotContain("The sweep failed", lab.Logs.Text, StringComparison.Ordinal);
        }

        before.Folder.Delete(recursive: true);
    }

    /// <summary>So slowly that the sweeper keeps up with it.</summary>
    private static Task TimePasses(Lab lab, Func<bool> until) => Lab.Eventually(() =>
    {
        lab.Clock.Advance(A.Seconds(0.2));
        return Task.FromResult(until());
    });

    /// <summary>How often it was read until it was out of memory: it is read once more when somebody wakes it.</summary>
    private static async Task<int> Forget(Lab lab, Running workflow)
    {
        await Lab.Eventually(async () =>
        {
            await lab.Forget(workflow);
            return !await lab.IsInMemory(workflow.Grain);
        });
        return Reads(lab, workflow.Id);
    }

    private static int Reads(Lab lab, WorkflowId id) => lab.Storage.Read.Count(read => read.Key == id.Value);

    private static int Failures(Lab lab, WorkflowId id) => Lines(lab, $"could not wake workflow {id} ");

    private static int CouldNotTidy(Lab lab) => Lines(lab, "no such table: start_block");

    private static int Lines(Lab lab, string text) => lab.Logs.Text.Split('\n').Count(line => line.Contains(text, StringComparison.Ordinal) && line.StartsWith("Warning:", StringComparison.Ordinal));
}
