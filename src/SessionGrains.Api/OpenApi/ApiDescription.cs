using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using SessionGrains.Api.ProblemJson;

namespace SessionGrains.Api.OpenApi;

/// <summary>Describes the API to machines: <c>/openapi/v1.json</c>.</summary>
internal static class ApiDescription
{
    private const string BearerScheme = "bearer";
    private const string ProblemSchema = "Problem";

    // Read by hand, because a malformed one must look like an unknown one.
    private static readonly string[] PathParameters = ["id", "call_id"];

    public static IServiceCollection AddApiDescription(this IServiceCollection services) =>
        services.AddOpenApi("v1", options =>
        {
            options.AddDocumentTransformer(DescribeApi);
            options.AddOperationTransformer(DescribeOperation);
        });

    public static IEndpointConventionBuilder MapApiDescription(this IEndpointRouteBuilder routes) =>
        routes.MapOpenApi("/openapi/{documentName}.json").AllowAnonymous();

    private static async Task DescribeApi(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new() { Title = "SessionGrains", Version = "v1" };
        // The address that a request happened to use is no property of the API.
        document.Servers?.Clear();
        document.AddComponent(ProblemSchema, await context.GetOrCreateSchemaAsync(typeof(ProblemDocument), null, cancellationToken));
        document.AddComponent(BearerScheme, new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", BearerFormat = "JWT" });
    }

    private static Task DescribeOperation(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        operation.Parameters ??= [];
        foreach (var name in PathParameters.Where(name => context.Description.RelativePath?.Contains($"{{{name}}}", StringComparison.Ordinal) is true))
        {
            operation.Parameters.Add(Parameter(name, ParameterLocation.Path));
        }

        foreach (var parameter in metadata.OfType<ParameterShape>())
        {
            operation.Parameters.Add(Parameter(parameter.Name, parameter.In));
        }

        if (metadata.OfType<RequestBodyShape>().LastOrDefault() is { } body)
        {
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = body.IsRequired,
                Content = new Dictionary<string, OpenApiMediaType> { [body.ContentType] = new() { Schema = body.Schema } },
            };
        }

        if (metadata.OfType<IAuthorizeData>().Any())
        {
            operation.Security = [new() { [new(BearerScheme, context.Document)] = [] }];
        }

        operation.Responses ??= [];
        operation.Responses["default"] = new OpenApiResponse
        {
            Description = "A problem (RFC 9457) with a stable code.",
            Content = new Dictionary<string, OpenApiMediaType>
            {
                ["application/problem+json"] = new() { Schema = new OpenApiSchemaReference(ProblemSchema, context.Document) },
            },
        };
        return Task.CompletedTask;
    }

    private static OpenApiParameter Parameter(string name, ParameterLocation where) => new()
    {
        Name = name,
        In = where,
        Required = where is ParameterLocation.Path,
        Schema = new OpenApiSchema { Type = name is "limit" ? JsonSchemaType.Integer : JsonSchemaType.String },
    };
}
