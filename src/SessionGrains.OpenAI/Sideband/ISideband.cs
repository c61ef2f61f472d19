using System.Text.Json.Nodes;

namespace SessionGrains.OpenAI.Sideband;

/// <summary>An attached sideband. Disposing cuts it; closing or cutting it ends no call.</summary>
public interface ISideband : IAsyncDisposable
{
    /// <summary>Sends one client event. Events leave in the order of the calls, one at a time, whatever the reading half does.</summary>
    /// <remarks>Cancelled before its turn, the event is not sent; cancelled while it is on the wire, the sideband is cut, since half an event cannot be taken back.</remarks>
    /// <exception cref="SidebandClosedException">The sideband is closed or broken.</exception>
    Task SendAsync(JsonObject clientEvent, CancellationToken cancellationToken);

    /// <summary>What OpenAI tells, until the sideband is over; <see cref="SidebandEvent.Closed"/> is the last one. One reader at a time.</summary>
    /// <remarks>Cancelling a pending read cuts the sideband. Without a reader nobody notices that the other end closes.</remarks>
    IAsyncEnumerable<SidebandEvent> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Closes politely, after what was sent before; an end that does not answer within two seconds is cut.</summary>
    Task CloseAsync();
}

/// <summary>An event could not be sent, because the sideband is over.</summary>
public sealed class SidebandClosedException(Exception inner) : IOException("The sideband is closed.", inner);
