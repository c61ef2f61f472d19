using SessionGrains.Grains.Definitions;
using Xunit;

namespace SessionGrains.Grains.Tests.Definitions;

/// <summary>How a workflow finds the version that it started with.</summary>
public sealed class DefinitionArchiveTests : IDisposable
{
    private readonly TestFolder folder = new();
    private readonly FakeStore store = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_version_that_this_process_never_loaded_is_rebuilt_from_the_store()
    {
        using var host = new TestHost(folder);
        var elsewhere = Texts.Definition(("guard", "\"end\""));
        store.Texts[elsewhere.Version] = elsewhere.Text;
        var archive = new DefinitionArchive(host.Catalog, store);

        var found = await archive.Get("intake", elsewhere.Version, TestContext.Current.CancellationToken);

        Assert.Equal((elsewhere.Version, Guard.End), (found.Version, found.Guard));
        Assert.Same(found, await archive.Get("intake", elsewhere.Version, TestContext.Current.CancellationToken));
        Assert.Equal(1, store.Finds);
    }

    [Fact]
    public async Task A_version_whose_text_is_lost_is_an_exception()
    {
        using var host = new TestHost(folder);

        await Assert.ThrowsAsync<InvalidDataException>(
            async () => await new DefinitionArchive(host.Catalog, store).Get("intake", "0123456789abcdef", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_text_is_stored_once_and_again_after_a_failure()
    {
        using var host = new TestHost(folder);
        var archive = new DefinitionArchive(host.Catalog, store);
        var definition = Texts.Definition();

        store.IsBroken = true;
        await Assert.ThrowsAsync<IOException>(async () => await archive.Keep(definition, TestContext.Current.CancellationToken));
        store.IsBroken = false;
        await archive.Keep(definition, TestContext.Current.CancellationToken);
        await archive.Keep(definition, TestContext.Current.CancellationToken);

        Assert.Equal((2, definition.Text), (store.Saves, store.Texts[definition.Version]));
    }

    private sealed class FakeStore : IDefinitionStore
    {
        public Dictionary<string, string> Texts { get; } = [];

        public bool IsBroken { get; set; }

        public int Saves { get; private set; }

        public int Finds { get; private set; }

        public Task Save(Definition definition, CancellationToken cancellationToken)
        {
            Saves++;
            if (IsBroken)
            {
                throw new IOException();
            }

            Texts[definition.Version] = definition.Text;
            return Task.CompletedTask;
        }

        public Task<string?> Find(string version, CancellationToken cancellationToken)
        {
            Finds++;
            return Task.FromResult(Texts.GetValueOrDefault(version));
        }
    }
}
