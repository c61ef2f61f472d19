namespace SessionGrains.Grains.Sideband;

/// <summary>The last words, once a tool has completed its workflow: the call ends when they were heard, or soon after in any case.</summary>
internal sealed class Farewell
{
    private static readonly TimeSpan LongestFarewell = TimeSpan.FromSeconds(10);

    // The model may be speaking, other tools may run, the sideband may be away.
    private static readonly TimeSpan LongestBefore = TimeSpan.FromSeconds(30);

    private const string Outcome = "outcome";
    private const string Words = "words";

    private bool isTold;
    private string? response;
    private bool isAudible;

    /// <summary>The tool that ends the workflow; null while none has.</summary>
    public string? Tool { get; private set; }

    public Step Begin(string tool)
    {
        Tool ??= tool;
        return new Step.WaitFor(Wait.Farewell, Outcome, LongestBefore);
    }

    /// <summary>The model has been told that the tool succeeded.</summary>
    public Step Told()
    {
        isTold = true;
        return new Step.WaitFor(Wait.Farewell, Words, LongestFarewell);
    }

    /// <param name="knows">Whether the response has seen what there was to say.</param>
    public void Started(string responseId, bool knows) => (response, isAudible) = isTold && knows ? (responseId, false) : (response, isAudible);

    public void AudioStarted(string responseId) => isAudible |= responseId == response;

    /// <summary>Whether that was the end of it.</summary>
    public bool AudioStopped(string responseId) => isAudible && responseId == response;

    /// <summary>Whether that was the end of it: a response without sound. One that was interrupted before it could be heard is followed by another.</summary>
    public bool Done(string responseId, string status, bool goesOn) => responseId == response && !isAudible && !goesOn && status is not "cancelled";

    /// <summary>Whether the time is over: the shorter one counts from the moment that the model knows.</summary>
    public bool IsOver(string key) => Tool is not null && (key == Words || !isTold);
}
