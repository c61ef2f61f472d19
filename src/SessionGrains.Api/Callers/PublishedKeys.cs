using System.Net;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace SessionGrains.Api.Callers;

/// <summary>Fetches what an authority publishes, and says so where it cannot: the token library keeps that to itself and takes every token for badly signed.</summary>
internal sealed class PublishedKeys(TimeProvider clock, ILogger<PublishedKeys> logger) : IConfigurationRetriever<OpenIdConnectConfiguration>
{
    /// <summary>How long nobody asks again: requests wait for each other here, each for as long as a silent authority is given.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private DateTimeOffset nextAttempt = DateTimeOffset.MinValue;

    /// <exception cref="KeysUnknownException">They could not be fetched a moment ago.</exception>
    public async Task<OpenIdConnectConfiguration> GetConfigurationAsync(string address, IDocumentRetriever retriever, CancellationToken cancel)
    {
        // The library lets in one at a time.
        if (clock.GetUtcNow() < nextAttempt)
        {
            throw new KeysUnknownException();
        }

        try
        {
            var published = await OpenIdConnectConfigurationRetriever.GetAsync(address, retriever, cancel);
            return published.SigningKeys.Count > 0 ? published : throw new KeysUnknownException();
        }
        catch (Exception fault)
        {
            nextAttempt = clock.GetUtcNow() + Pause;
            logger.KeysNotFetched(address, NameOf(fault));
            throw;
        }
    }

    private static string NameOf(Exception fault) => fault switch
    {
        KeysUnknownException => "it publishes none",
        { InnerException: { } cause } => NameOf(cause),
        HttpRequestException { HttpRequestError: not HttpRequestError.Unknown } network => network.HttpRequestError.ToString(),
        _ when fault.Data[HttpDocumentRetriever.StatusCode] is HttpStatusCode status => $"status {(int)status}",
        _ => fault.GetType().Name,
    };
}

/// <summary>A token's issuer publishes its keys, and none of them could be had yet: the token may be good.</summary>
internal sealed class KeysUnknownException() : Exception("The identity provider's keys are not known.");
