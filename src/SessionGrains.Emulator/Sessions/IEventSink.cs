using System.Text.Json.Nodes;

namespace SessionGrains.Emulator.Sessions;

/// <summary>One end that server events go to: a browser's socket or data channel, or a sideband.</summary>
internal interface IEventSink
{
    /// <summary>Whether audio is sent as events; where there is a media connection, or on a sideband, it is not.</summary>
    bool TakesAudio { get; }

    bool IsSideband { get; }

    /// <summary>Takes an event without waiting.</summary>
    void Send(JsonObject serverEvent, byte[] encoded);

    /// <summary>Closes by the book once all that was taken is sent.</summary>
    void Close(int code, string reason);

    /// <summary>Is gone at once, without a word.</summary>
    void Abort();
}
