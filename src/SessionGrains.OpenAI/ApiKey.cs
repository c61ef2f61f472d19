using System.ClientModel;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace SessionGrains.OpenAI;

/// <summary>The long-lived key. Where it comes from a file, a changed file changes the key of the next request.</summary>
internal sealed class ApiKey
{
    // A secret mounted into a container changes by a link to another folder: file watchers miss that, and so does the time of
    // the file's own link, which is all that .NET tells of it. So the text itself is compared.
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    private readonly OpenAIOptions options;
    private readonly TimeProvider clock;
    private readonly ILogger logger;
    private readonly Lock gate = new();
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
                    known = key;
                }
            }
            catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
            {
                logger.KeyFileUnreadable(file);
            }
        }
    }

    private string Read() =>
        options.ApiKeyFile is { Length: > 0 } file ? File.ReadAllText(file).Trim() : options.ApiKey!;
}
