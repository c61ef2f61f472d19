using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.Net.Http.Headers;
using SessionGrains.Api.OperatorConsole;
using SessionGrains.Api.ProblemJson;

namespace SessionGrains.Api.Callers;

/// <summary>Takes the callers' bearer tokens, as the standard configuration of the scheme says and stricter where it leaves room.</summary>
internal static class BearerTokens
{
    private const string Scheme = JwtBearerDefaults.AuthenticationScheme;
    private const int LargestToken = 16 * 1024;

    public static IServiceCollection AddBearerTokens(this IServiceCollection services)
    {
        services.AddAuthentication(Scheme).AddJwtBearer();
        services.AddAuthorizationBuilder().AddPolicy(Operators.Policy, policy => policy
            .RequireAuthenticatedUser()
            .RequireAssertion(asked => asked.Resource is HttpContext http && http.Features.Get<Caller>() is { IsOperator: true }));

        // Authentication brings data protection along. No cookie is protected here, so it need not write keys to a disk.
        services.AddDataProtection().DisableAutomaticKeyGeneration();
        services.AddSingleton<IValidateOptions<JwtBearerOptions>, BearerSettingsValidator>();
        services.AddOptions<JwtBearerOptions>(Scheme)
            .Configure<IAuthenticationConfigurationProvider, TimeProvider>((options, configuration, clock) =>
                Tighten(options, BearerSettings.Of(configuration), clock))
            .ValidateOnStart();
        return services;
    }

    private static void Tighten(JwtBearerOptions options, BearerSettings settings, TimeProvider clock)
    {
        options.MapInboundClaims = false;
        options.SaveToken = false;
        TokenRules.Apply(options.TokenValidationParameters, settings, clock);
        foreach (var handler in options.TokenHandlers.OfType<JsonWebTokenHandler>())
        {
            handler.MaximumTokenSizeInBytes = LargestToken;
        }

        options.Events = new()
        {
            OnMessageReceived = FindToken,
            OnTokenValidated = RememberCaller,
            OnChallenge = AnswerProblem,
            OnForbidden = http => new Problem(Problems.Forbidden, "This address is for operators.").ExecuteAsync(http.HttpContext),
        };
    }

    private static Task FindToken(MessageReceivedContext context)
    {
        var demands = context.HttpContext.GetEndpoint()?.Metadata.GetOrderedMetadata<IAuthorizeData>() ?? [];
        if (demands is [])
        {
            // The SDP endpoint carries a secret of ours in the same header; it is no token, and nobody needs to be told so.
            context.NoResult();
        }
        else if (demands.Any(demand => demand.Policy is Operators.Policy))
        {
            context.Token = ConsoleCookie.TokenOf(context.Request);
        }

        return Task.CompletedTask;
    }

    private static Task RememberCaller(TokenValidatedContext context)
    {
        var http = context.HttpContext;
        if (context.SecurityToken is JsonWebToken token && TokenClaims.TryRead(token, http.Request.Headers.Origin, out var caller))
        {
            http.Features.Set(caller);
            http.Features.Set(new TokenLife(DateTime.SpecifyKind(token.ValidTo, DateTimeKind.Utc)));
        }
        else
        {
            context.Fail("The token does not name exactly one issuer and subject.");
        }

        return Task.CompletedTask;
    }

    private static Task AnswerProblem(JwtBearerChallengeContext context)
    {
        context.HandleResponse();
        if (context.HttpContext.GetEndpoint()?.Metadata.GetMetadata<OpenedAsPage>() is { } page && context.Request.GetTypedHeaders().Accept.Any(accept => accept.MediaType == "text/html"))
        {
            context.Response.Redirect(page.SignInPath);
            return Task.CompletedTask;
        }

        var wasRefused = context.AuthenticateFailure is not null;
        context.Response.Headers[HeaderNames.WWWAuthenticate] = wasRefused ? "Bearer error=\"invalid_token\"" : "Bearer";
        var detail = wasRefused
            ? "The bearer token is not accepted: it has expired, is not meant for this service, or was not signed by an issuer that it trusts."
            : "This address needs the header Authorization: Bearer with a token of your application's issuer.";
        return new Problem(Problems.Unauthenticated, detail).ExecuteAsync(context.HttpContext);
    }
}
