using System.ClientModel;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace SessionGrains.OpenAI;

/// <summary>
/// The long-lived key. Where it comes from a file, a changed file changes the key of the next request; the keys before it are
/// remembered, in memory only, for as long as a call of theirs may last.
/// </summary>
internal sealed class ApiKey
{
    // Each is one request more for every call that is gone.
    private const int MostEarlier = 3;

    // A secret mounted into a container changes by a link to another folder: file watchers miss that, and so does the time of
    // the file's own link, which is all that .NET tells of it. So the text itself is compared.
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    // OpenAI ends a call after 60 minutes; what was asked for just before the change may begin a little later.
    private static readonly TimeSpan LongestCall = TimeSpan.FromMinutes(65);

    private readonly OpenAIOptions options;
    private readonly TimeProvider clock;
    private readonly ILogger logger;
    private readonly Lock gate = new();
    private readonly List<(string Key, DateTimeOffset Until)> earlier = [];
    private DateTimeOffset nextLook = DateTimeOffset.MinValue;
    private string known;

    public ApiKey(IOptions<OpenAIOptions> options, TimeProvider clock, ILogger<ApiKey> logger)
    {
        (this.options, this.clock, this.logger) = (options.Value, clock, logger);
        known = Read();
        Credential = new(known);
    }

    public ApiKeyCredential Credential { get; }

    /// <summary>Takes a rotated key into use. A file that is empty or gone for the moment leaves the last key in place.</summary>
    public void Refresh()
    {
        if (options.ApiKeyFile is not { Length: > 0 } file)
        {
            return;
        }

        lock (gate)
        {
            if (clock.GetUtcNow() < nextLook)
            {
                return;
            }

            nextLook = clock.GetUtcNow() + LookEvery;
            try
            {
                if (Read() is var key && key != known)
                {
                    Credential.Update(key);
                    Remember(known, key);
                    known = key;
                }
            }
            catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
            {
                logger.KeyFileUnreadable(file);
            }
        }
    }

    /// <summary>Asks about a running call: with the key of now, and with earlier ones where its answer may be the key's fault and not the call's.</summary>
    /// <param name="mayBeTheKeys">
    /// Whether an answer may be due to the key: OpenAI says of a call of another project what it says of one that is gone.
    /// </param>
    /// <returns>
    /// The first answer that is not the key's doing: it was done, or it is not certain yet and must be asked again. Otherwise what
    /// the newest key was told: that earlier ones are refused, revoked as they may be, takes nothing from that.
    /// </returns>
    public async Task<T> AskAsync<T>(Func<string, Task<T>> ask, Func<T, bool> mayBeTheKeys)
    {
        var keys = OfRunningCalls();
        var newest = await ask(keys[0]);
        var reply = newest;
        foreach (var key in keys.Skip(1).TakeWhile(_ => mayBeTheKeys(reply)))
        {
            reply = await ask(key);
        }

        return mayBeTheKeys(reply) ? newest : reply;
    }

    private string[] OfRunningCalls()
    {
        Refresh();
        lock (gate)
        {
            earlier.RemoveAll(before => before.Until <= clock.GetUtcNow());
            return [known, .. earlier.Select(before => before.Key)];
        }
    }

    private void Remember(string before, string now)
    {
        earlier.RemoveAll(other => other.Key == now);
        earlier.Insert(0, (before, clock.GetUtcNow() + LongestCall));
        earlier.RemoveRange(Math.Min(earlier.Count, MostEarlier), Math.Max(0, earlier.Count - MostEarlier));
    }

    private string Read() =>
        options.ApiKeyFile is { Length: > 0 } file ? File.ReadAllText(file).Trim() : options.ApiKey!;
}
