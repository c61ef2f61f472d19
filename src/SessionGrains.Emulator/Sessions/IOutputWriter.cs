namespace SessionGrains.Emulator.Sessions;

/// <summary>Writes the events of one output item.</summary>
internal interface IOutputWriter
{
    /// <summary>Begins the item and fills it; yields how long to wait before it goes on.</summary>
    IEnumerable<int> Write(int paceMs);

    /// <summary>Finishes the item: completed, or incomplete where it was cut short.</summary>
    void End(string status);
}
