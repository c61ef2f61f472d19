namespace SessionGrains.Emulator.Clocks;

/// <summary>The clock by which secrets and sessions expire; tests move it forward.</summary>
internal sealed class EmulatorClock(TimeProvider inner)
{
    private long offsetTicks;

    public DateTimeOffset Now => inner.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref offsetTicks));

    public void Advance(TimeSpan by) => Interlocked.Add(ref offsetTicks, by.Ticks);
}
