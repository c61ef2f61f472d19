using SessionGrains.Emulator.Http;
using SessionGrains.Emulator.Media;
using SessionGrains.Emulator.Sessions;

namespace SessionGrains.Emulator.Calls;

/// <summary>One live connection, a WebRTC call as a rule: who created it, and the session that it carries.</summary>
internal sealed class Call(string id, Credential owner, Offer? offer, RealtimeSession session, DateTimeOffset createdAt)
{
    private int isHangingUp;

    public string Id => id;

    public Credential Owner => owner;

    /// <summary>The offer that it answered; a session over WebSocket has none, and no call id.</summary>
    public Offer? Offer => offer;

    public RealtimeSession Session => session;

    public DateTimeOffset CreatedAt => createdAt;

    public bool IsHangingUp => Volatile.Read(ref isHangingUp) == 1;

    /// <summary>True for the one who hangs up first.</summary>
    public bool BeginHangUp() => Interlocked.Exchange(ref isHangingUp, 1) == 0;
}
