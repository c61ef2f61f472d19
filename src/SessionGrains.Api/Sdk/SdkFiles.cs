namespace SessionGrains.Api.Sdk;

/// <summary>The browser SDK, for pages that import it from here.</summary>
internal static class SdkFiles
{
    public static RouteHandlerBuilder MapSdk(this IEndpointRouteBuilder routes) =>
        routes.MapEmbeddedFiles("sdk", typeof(SdkFiles).Assembly).AllowAnonymous().WithTags("SDK")
            .WithSummary("The browser SDK: import { VoiceWorkflow } from '/sdk/index.js'.");
}
