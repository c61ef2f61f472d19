using System.ClientModel;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace SessionGrains.OpenAI;

/// <summary>The long-lived key. Where it comes from a file, a changed file changes the key of the next request.</summary>
internal sealed class ApiKey(IOptions<OpenAIOptions> options, TimeProvider clock, ILogger<ApiKey> logger)
{
    // A secret mounted into a container changes by a swapped link, which file watchers miss: looking at the time stamp is enough.
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private DateTimeOffset nextLook = DateTimeOffset.MinValue;
    private DateTime readVersion;

    public ApiKeyCredential Credential { get; } = new(Read(options.Value));

    /// <summary>Takes a rotated key into use. A file that is empty or gone for the moment leaves the last key in place.</summary>
    public void Refresh()
    {
        if (options.Value.ApiKeyFile is not { Length: > 0 } file)
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
                var version = File.GetLastWriteTimeUtc(file);
                if (version == readVersion)
                {
                    return;
                }

                Credential.Update(Read(options.Value));
                readVersion = version;
            }
            catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
            {
                logger.KeyFileUnreadable(file);
            }
        }
    }

    private static string Read(OpenAIOptions options) =>
        options.ApiKeyFile is { Length: > 0 } file ? File.ReadAllText(file).Trim() : options.ApiKey!;
}
