using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using SessionGrains.Api.Admin;
using SessionGrains.Api.Bodies;
using SessionGrains.Api.Callers;
using SessionGrains.Api.Cluster;
using SessionGrains.Api.Events;
using SessionGrains.Api.Health;
using SessionGrains.Api.Hosting;
using SessionGrains.Api.OpenApi;
using SessionGrains.Api.OperatorConsole;
using SessionGrains.Api.ProblemJson;
using SessionGrains.Api.RealtimeCalls;
using SessionGrains.Api.Sdk;
using SessionGrains.Api.ToolCalls;
using SessionGrains.Api.Workflows;

namespace SessionGrains.Api;

/// <summary>The API for a host to put on: what it needs, and what it serves. Where its grains live is the host's to say.</summary>
public static class SessionGrainsApi
{
    /// <summary>Adds what the API needs, except for a grain factory: that comes from an Orleans client or a silo in the same host.</summary>
    public static WebApplicationBuilder AddSessionGrainsApi(this WebApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IValidateOptions<ApiOptions>, ApiOptionsValidator>();
        builder.Services.AddOptions<ApiOptions>().BindConfiguration(ApiOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<RequestLog>().AddSingleton<SecurityHeaders>().AddSingleton<ProblemAnswers>();
        builder.Services.AddSingleton<GrainCalls>();
        builder.Services.AddSingleton<OpenStreams>().AddSingleton<EventStreams>();
        builder.Services.AddApiJson();
        builder.Services.AddCrossOrigin();
        builder.Services.AddBearerTokens();
        builder.Services.AddApiDescription();
        return builder.AddServerLimits();
    }

    /// <summary>Puts the API's middleware and addresses in place.</summary>
    public static WebApplication MapSessionGrainsApi(this WebApplication app)
    {
        app.UseMiddleware<SecurityHeaders>();
        app.UseMiddleware<RequestLog>();
        app.UseMiddleware<ProblemAnswers>();
        app.UseCors();
        app.UseAuthentication();
        app.UseAuthorization();

        app.MapWorkflows();
        app.MapToolCalls();
        app.MapEvents();
        app.MapRealtimeCalls();
        app.MapAdmin();
        app.MapConsole();
        app.MapDashboard();
        app.MapSdk();
        app.MapHealth();
        app.MapApiDescription();
        return app;
    }
}
