namespace SessionGrains.Api;

/// <summary>What a deployment says about the API's own address and its guests.</summary>
public sealed class ApiOptions
{
    public const string Section = "SessionGrains";

    /// <summary>What a browser can reach this API at, without <c>/v1</c>; an absolute http or https URL. Default: the request's own host.</summary>
    public string? PublicUrl { get; set; }

    /// <summary>Which pages of other origins may call the API.</summary>
    public CorsOptions Cors { get; set; } = new();

    /// <summary>How many event streams one user may have open at each API host. Default: 20; 1 to 1000.</summary>
    public int EventStreamsPerUser { get; set; } = 20;

    /// <summary>The cross-origin part of <see cref="ApiOptions"/>.</summary>
    public sealed class CorsOptions
    {
        /// <summary>Allowed origins, such as <c>https://app.example.com</c>; scheme and host, without a path. Default: none.</summary>
        public IList<string> Origins { get; set; } = [];
    }
}
