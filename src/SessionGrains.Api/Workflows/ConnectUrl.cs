using Microsoft.Extensions.Options;
using SessionGrains.Api.RealtimeCalls;

namespace SessionGrains.Api.Workflows;

/// <summary>Where a browser posts its offer when we create the call: the public address, else the one that it used for this request.</summary>
internal sealed record ConnectUrl(string Value)
{
    public static ValueTask<ConnectUrl> BindAsync(HttpContext context)
    {
        var configured = context.RequestServices.GetRequiredService<IOptions<ApiOptions>>().Value.PublicUrl;
        var root = configured is { Length: > 0 } ? configured.TrimEnd('/') : $"{context.Request.Scheme}://{context.Request.Host}";
        return ValueTask.FromResult(new ConnectUrl(root + RealtimeCallEndpoints.Path));
    }
}
