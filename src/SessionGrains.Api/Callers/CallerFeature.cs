namespace SessionGrains.Api.Callers;

/// <summary>The words that a request lacks: who asks, and for how long.</summary>
internal static class CallerFeature
{
    extension(HttpContext http)
    {
        /// <summary>The signed-in caller; only where the endpoint demands one.</summary>
        public Caller Caller => http.Features.Get<Caller>()
            ?? throw new InvalidOperationException("There is no caller: the endpoint must call RequireAuthorization().");

        /// <summary>How long the caller's token is good for; only where the endpoint demands one.</summary>
        public TokenLife TokenLife => http.Features.Get<TokenLife>()
            ?? throw new InvalidOperationException("There is no token: the endpoint must call RequireAuthorization().");
    }
}
