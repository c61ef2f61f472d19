namespace SessionGrains.Emulator.Sessions;

/// <summary>What makes a call audible, and what closes its connection.</summary>
internal interface IVoice
{
    /// <summary>Ends once the other end hears what is said to it, or never will.</summary>
    Task Connected { get; }

    /// <summary>Begins to speak; returns for how many milliseconds it will be heard after the response is done.</summary>
    int Speak(string text);

    /// <summary>Stops at once.</summary>
    void Hush();

    /// <summary>Closes the connection.</summary>
    void HangUp();
}
