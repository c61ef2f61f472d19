using Microsoft.Extensions.Options;
using SessionGrains.Api.ProblemJson;

namespace SessionGrains.Api.Events;

/// <summary>Counts the streams that each user has open on this host, so that one user cannot hold thousands.</summary>
internal sealed class OpenStreams(IOptions<ApiOptions> options)
{
    // Long enough that a page which opens streams in a loop costs little.
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(10);

    private readonly Lock gate = new();
    private readonly Dictionary<UserId, int> open = [];

    public Problem TooMany => new(
        Problems.RateLimited, $"You have {options.Value.EventStreamsPerUser} event streams open here already; close one first.")
    {
        RetryAfter = RetryAfter,
    };

    /// <summary>Takes a place until it is disposed; null when the user has no place left.</summary>
    public IDisposable? TryTake(UserId user)
    {
        lock (gate)
        {
            var count = open.GetValueOrDefault(user);
            if (count >= options.Value.EventStreamsPerUser)
            {
                return null;
            }

            open[user] = count + 1;
            return new Place(this, user);
        }
    }

    private void Release(UserId user)
    {
        lock (gate)
        {
            if (--open[user] == 0)
            {
                open.Remove(user);
            }
        }
    }

    private sealed class Place(OpenStreams streams, UserId user) : IDisposable
    {
        public void Dispose() => streams.Release(user);
    }
}
