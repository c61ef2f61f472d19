using System.Buffers.Binary;
using System.Text.Json.Nodes;
using SessionGrains.Emulator.Http;

namespace SessionGrains.Emulator.Sessions;

/// <summary>What the user says: the input buffer, the detection of speech in it, and turns that others report.</summary>
internal sealed class InputAudio(RealtimeSession session)
{
    private const int BytesPerMs = 48;   // 24,000 samples of 16 bits a second
    private const int FrameMs = 20;
    private const int LoudEnough = 500;
    private const int ShortestCommitMs = 100;

    private readonly List<byte> frame = [];
    private int heardMs;
    private int uncommittedMs;
    private int silentMs;
    private string? speechItemId;

    private JsonObject? Detection => session.Configuration["audio"]!["input"]!["turn_detection"] as JsonObject;

    public OpenAIError? Append(string audio)
    {
        var bytes = new byte[audio.Length];
        if (!Convert.TryFromBase64String(audio, bytes, out var length))
        {
            return new OpenAIError(400, "Invalid 'audio'. Expected base64-encoded audio bytes.", "invalid_value", "audio");
        }

        foreach (var b in bytes.AsSpan(0, length))
        {
            frame.Add(b);
            if (frame.Count == FrameMs * BytesPerMs)
            {
                HearFrame();
                frame.Clear();
            }
        }

        return null;
    }

    public OpenAIError? Commit()
    {
        if (uncommittedMs < ShortestCommitMs)
        {
            return new OpenAIError(
                400,
                FormattableString.Invariant($"Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, but buffer only has {uncommittedMs}.00ms of audio."),
                "input_audio_buffer_commit_empty");
        }

        EndTurn(Items.NewId(), session.Player.Hear(), mayRespond: false);
        return null;
    }

    public OpenAIError? Clear()
    {
        frame.Clear();
        uncommittedMs = 0;
        speechItemId = null;
        session.Emit(ServerEvents.BufferCleared());
        return null;
    }

    /// <summary>The user begins to speak, and the model is interrupted if it may be.</summary>
    public void StartSpeech()
    {
        if (speechItemId is not null)
        {
            return;
        }

        speechItemId = Items.NewId();
        silentMs = 0;
        session.Emit(ServerEvents.SpeechStarted(speechItemId, heardMs));
        if ((bool?)Detection?["interrupt_response"] != false)
        {
            session.Responses.Interrupt();
        }
    }

    /// <summary>The user has finished; the model answers if it is to.</summary>
    public void StopSpeech(string? transcript = null, int lengthMs = 0)
    {
        if (speechItemId is { } itemId)
        {
            heardMs += lengthMs;
            speechItemId = null;
            session.Emit(ServerEvents.SpeechStopped(itemId, heardMs));
            EndTurn(itemId, transcript ?? session.Player.Hear(), (bool?)Detection?["create_response"] != false);
        }
    }

    private void HearFrame()
    {
        heardMs += FrameMs;
        uncommittedMs += FrameMs;
        if (Detection is not { } detection)
        {
            return;
        }

        if (IsLoud())
        {
            StartSpeech();
            silentMs = 0;
        }
        else if (speechItemId is not null && (silentMs += FrameMs) >= ((int?)detection["silence_duration_ms"] ?? 500))
        {
            StopSpeech();
        }
    }

    private bool IsLoud()
    {
        var bytes = frame.ToArray();
        var squares = 0.0;
        for (var i = 0; i + 1 < bytes.Length; i += 2)
        {
            squares += Math.Pow(BinaryPrimitives.ReadInt16LittleEndian(bytes.AsSpan(i)), 2);
        }

        return Math.Sqrt(squares / (bytes.Length / 2)) > LoudEnough;
    }

    private void EndTurn(string itemId, string transcript, bool mayRespond)
    {
        uncommittedMs = 0;
        session.Emit(ServerEvents.BufferCommitted(itemId, session.Conversation.LastId));
        session.Conversation.Hear(itemId, transcript);
        session.Responses.AddItem(Items.UserAudio(itemId), null);
        if (mayRespond)
        {
            session.Responses.Create([]);
        }

        if (session.Configuration["audio"]!["input"]!["transcription"] is JsonObject)
        {
            Transcribe(itemId, transcript);
        }
    }

    private void Transcribe(string itemId, string transcript)
    {
        if (transcript.Length == 0)
        {
            session.Emit(ServerEvents.TranscriptionFailed(itemId));
            return;
        }

        foreach (var delta in Words.Of(transcript))
        {
            session.Emit(ServerEvents.TranscriptionDelta(itemId, delta));
        }

        if (session.Conversation.Find(itemId)?["content"]?[0] is JsonObject part)
        {
            part["transcript"] = transcript;
        }

        session.Emit(ServerEvents.TranscriptionCompleted(itemId, transcript, Usage.OfTranscription(transcript)));
    }
}
