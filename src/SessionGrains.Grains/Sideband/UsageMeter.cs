using SessionGrains.OpenAI.Sideband;
using static SessionGrains.OpenAI.Sideband.SidebandEvent;

namespace SessionGrains.Grains.Sideband;

/// <summary>Sums what a call uses, as far as we hear it.</summary>
/// <param name="tell">Learns of each use with its cost, and of its model, where the price table has it.</param>
internal sealed class UsageMeter(Prices prices, string model, string? transcriptionModel, Action<string?, Usage, decimal>? tell = null)
{
    private readonly HashSet<string> started = [];
    private readonly HashSet<string> counted = [];
    private string? transcribedBy = transcriptionModel;

    public Consumption Total { get; private set; } = Consumption.None;

    /// <summary>What happened now may not have been heard: from here on the sum is an estimate.</summary>
    public void Gap() => Total = Total with { IsEstimated = true };

    /// <summary>The model that writes down what the user says, as the session has it now.</summary>
    public void TranscribedBy(string? model) => transcribedBy = model ?? transcribedBy;

    /// <summary>Whether the sum changed.</summary>
    public bool Hear(SidebandEvent told) => told switch
    {
        ResponseStarted(var id) => Start(id),
        ResponseDone done => Add(done),
        TranscriptionUsage transcription => (transcription.ItemId is null || counted.Add(transcription.ItemId)) && Add(transcribedBy ?? "", transcription.Usage),
        _ => false,
    };

    private bool Start(string responseId)
    {
        if (!started.Add(responseId))
        {
            return false;
        }

        Total = Total with { Responses = Total.Responses + 1 };
        return true;
    }

    private bool Add(ResponseDone done)
    {
        if (!counted.Add(done.ResponseId))
        {
            return false;
        }

        if (Start(done.ResponseId) || done.Usage is null)
        {
            // It began before we listened, or it does not say what it used.
            Gap();
        }

        return done.Usage is null || Add(model, done.Usage);
    }

    private bool Add(string model, Usage usage)
    {
        var (cost, isKnown) = (prices.Cost(model, usage), prices.Knows(model));
        Total += new Consumption(0, usage.InputTokens, usage.OutputTokens, usage.InputAudio, usage.OutputAudio, cost, IsEstimated: !isKnown);
        tell?.Invoke(isKnown ? model : null, usage, cost);
        return true;
    }
}
