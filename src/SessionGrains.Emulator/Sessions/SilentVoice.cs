namespace SessionGrains.Emulator.Sessions;

/// <summary>The voice of a call that nobody answers: it takes its time and makes no sound.</summary>
internal sealed class SilentVoice(Func<Pacing> pacing) : IVoice
{
    public Task Connected => Task.CompletedTask;

    public int Speak(string text) => pacing().PlaybackMs;

    public void Hush()
    {
    }

    public void HangUp()
    {
    }
}
