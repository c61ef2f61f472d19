using System.ClientModel.Primitives;

namespace SessionGrains.OpenAI;

/// <summary>Sends one request with a call's own client secret, or a certain key, instead of the server's key of now.</summary>
internal sealed class SecretPolicy(string secret) : PipelinePolicy
{
    public override void Process(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
    {
        message.Request.Headers.Set("Authorization", $"Bearer {secret}");
        ProcessNext(message, pipeline, currentIndex);
    }

    public override async ValueTask ProcessAsync(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
    {
        message.Request.Headers.Set("Authorization", $"Bearer {secret}");
        await ProcessNextAsync(message, pipeline, currentIndex);
    }
}
