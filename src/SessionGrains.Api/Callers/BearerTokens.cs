using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.Net.Http.Headers;
using SessionGrains.Api.OperatorConsole;
using SessionGrains.Api.ProblemJson;

namespace SessionGrains.Api.Callers;

/// <summary>Takes the callers' bearer tokens, as the standard configuration of the scheme says and stricter where it leaves room.</summary>
internal static class BearerTokens
{
    private const string Scheme = JwtBearerDefaults.AuthenticationScheme;
    private const int LargestToken = 16 * 1024;

    // The library gives a silent authority a minute, and asks again as late as five minutes after one that did not answer.
    private static readonly TimeSpan LongestFetch = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestUntilNextFetch = TimeSpan.FromSeconds(30);

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
            // After the scheme has made the client that fetches.
            .PostConfigure<PublishedKeys>(Fetch)
            .ValidateOnStart();
        services.AddSingleton<PublishedKeys>();
        return services;
    }

    private static void Tighten(JwtBearerOptions options, BearerSettings settings, TimeProvider clock)
    {
        options.MapInboundClaims = false;
        options.SaveToken = false;
        options.BackchannelTimeout = Shorter(options.BackchannelTimeout, LongestFetch);
        options.RefreshInterval = Shorter(options.RefreshInterval, LongestUntilNextFetch);
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

    private static void Fetch(JwtBearerOptions options, PublishedKeys keys)
    {
        if (options.ConfigurationManager is not null)
        {
            options.ConfigurationManager = new ConfigurationManager<OpenIdConnectConfiguration>(
                options.MetadataAddress, keys, new HttpDocumentRetriever(options.Backchannel) { RequireHttps = options.RequireHttpsMetadata })
            {
                RefreshInterval = options.RefreshInterval,
                AutomaticRefreshInterval = options.AutomaticRefreshInterval,
            };
        }
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

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
        if (context.AuthenticateFailure is KeysUnknownException)
        {
            return new Problem(Problems.ProviderUnavailable, "The identity provider does not answer at the moment, so no token can be checked. Try again.") { RetryAfter = PublishedKeys.Pause }
                .ExecuteAsync(context.HttpContext);
        }

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
