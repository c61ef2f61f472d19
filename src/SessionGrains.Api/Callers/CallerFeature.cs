namespace SessionGrains.Api.Callers;

/// <summary>The word that a request lacks: who asks.</summary>
internal static class CallerFeature
{
    extension(HttpContext http)
    {
        /// <summary>The signed-in caller; only where the endpoint demands one.</summary>
        public Caller Caller => http.Features.Get<Caller>()
            ?? throw new InvalidOperationException("There is no caller: the endpoint must call RequireAuthorization().");
    }
}
