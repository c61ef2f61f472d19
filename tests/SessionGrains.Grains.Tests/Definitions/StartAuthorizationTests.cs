using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SessionGrains.Grains.Definitions;
using Xunit;

namespace SessionGrains.Grains.Tests.Definitions;

/// <summary>The application's own say before a start, asked over real HTTP.</summary>
public sealed class StartAuthorizationTests : IAsyncLifetime
{
    private static readonly JsonElement SomeInputs = JsonElement.Parse("""{"customer":"C-17"}""");

    private readonly TestFolder folder = new();
    private readonly WebApplication application;
    private readonly List<(Dictionary<string, string> Headers, string Body)> questions = [];
    private RequestDelegate answer = Answer(200, """{"allow":true}""");
    private int elsewhere;

    public StartAuthorizationTests()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        application = builder.Build();
        application.MapPost("/ask", async context =>
        {
            // Kestrel takes its headers back when the request is over.
            var headers = context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
            questions.Add((headers, await new StreamReader(context.Request.Body).ReadToEndAsync()));
            await answer(context);
        });
        application.Map("/elsewhere", context =>
        {
            elsewhere++;
            return Answer(200, """{"allow":true}""")(context);
        });
    }

    public async ValueTask InitializeAsync() => await application.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await application.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task The_application_is_told_who_wants_to_start_what_with_which_inputs()
    {
        Assert.True((await Ask())!.IsPassed);

        var (headers, body) = Assert.Single(questions);
        Assert.Equal("""{"user":{"sub":"ada","tid":"acme"},"definition":"intake","inputs":{"customer":"C-17"}}""", body);
        Assert.Equal("application/json", headers["content-type"]);
        Assert.False(headers.ContainsKey("webhook-signature"));
    }

    [Fact]
    public async Task A_no_comes_with_the_applications_reason()
    {
        answer = Answer(200, """{"allow":false,"reason":"The customer is blocked."}""");

        Assert.Equal(new RuleVerdict("authorizer", false, "The customer is blocked."), await Ask());
    }

    [Theory]
    [InlineData(200, "")]
    [InlineData(200, "yes")]
    [InlineData(200, "{}")]
    [InlineData(200, "[]")]
    [InlineData(200, """{"allow":"true"}""")]
    [InlineData(200, """{"allow":1}""")]
    [InlineData(200, """{"allow":null}""")]
    [InlineData(200, """{"allow":false,"allow":true}""")]
    [InlineData(403, """{"allow":true}""")]
    [InlineData(500, """{"allow":true}""")]
    [InlineData(304, "")]
    public async Task What_is_no_clear_yes_is_a_no(int status, string body)
    {
        answer = Answer(status, body);

        Assert.Equal(new RuleVerdict("authorizer", false, "The application gave no answer."), await Ask());
    }

    [Fact]
    public async Task A_redirect_is_a_no_and_is_not_followed()
    {
        answer = context =>
        {
            context.Response.Redirect("/elsewhere", permanent: false, preserveMethod: true);
            return Task.CompletedTask;
        };

        Assert.False((await Ask())!.IsPassed);
        Assert.Equal(0, elsewhere);
    }

    [Fact]
    public async Task An_answer_that_takes_too_long_is_a_no()
    {
        answer = context => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);

        Assert.False((await Ask(""","timeout_ms":100"""))!.IsPassed);
    }

    [Fact]
    public async Task An_answer_of_any_length_is_cut_off()
    {
        answer = Answer(200, $$"""{"allow":true,"reason":"{{new string('x', HttpStartAuthorizer.MaxReplyBytes)}}"}""");

        Assert.False((await Ask())!.IsPassed);
    }

    [Fact]
    public async Task An_application_that_is_not_there_is_a_no()
    {
        var address = Address();
        await application.StopAsync(TestContext.Current.CancellationToken);

        Assert.False((await Ask(address: address))!.IsPassed);
    }

    [Fact]
    public async Task A_caller_who_gives_up_gets_no_verdict()
    {
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Ask(cancellationToken: gone.Token).AsTask());
    }

    [Fact]
    public async Task A_question_is_signed_when_a_secret_is_named()
    {
        Assert.True((await Ask(""","signing_secret_env":"ASK_SECRET" """))!.IsPassed);

        var (headers, body) = Assert.Single(questions);
        var signed = $"{headers["webhook-id"]}.{headers["webhook-timestamp"]}.{body}";
        var expected = HMACSHA256.HashData(Convert.FromBase64String("c2VjcmV0LXNlY3JldC1zZWNyZXQ="), Encoding.UTF8.GetBytes(signed));
        Assert.Equal($"v1,{Convert.ToBase64String(expected)}", headers["webhook-signature"]);
    }

    [Fact]
    public async Task A_question_that_cannot_be_signed_is_not_asked()
    {
        Assert.False((await Ask(""","signing_secret_env":"NO_SUCH_SECRET" """))!.IsPassed);

        Assert.Empty(questions);
    }

    [Fact]
    public async Task Where_nobody_is_to_be_asked_there_is_no_verdict()
    {
        using var host = new TestHost(folder);

        Assert.Null(await host.Authorization.Ask(Texts.Definition(), Texts.Caller(), SomeInputs, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Everyone_who_is_asked_must_agree()
    {
        var verdict = await Ask(configure: services => services
            .AddSingleton<IStartAuthorizer>(new Always(new(true)))
            .AddSingleton<IStartAuthorizer>(new Always(new(false, "Closed on Sundays."))));

        Assert.Equal(new RuleVerdict("authorizer", false, "Closed on Sundays."), verdict);
        Assert.Empty(questions);
    }

    private async ValueTask<RuleVerdict?> Ask(
        string more = "", string? address = null, Action<IServiceCollection>? configure = null, CancellationToken? cancellationToken = null)
    {
        using var host = new TestHost(folder, configure: builder => configure?.Invoke(builder.Services));
        var definition = Texts.Definition(("authorizer", $$"""{"url":"{{address ?? Address()}}/ask"{{more}}}"""));
        return await host.Authorization.Ask(definition, Texts.Caller(), SomeInputs, cancellationToken ?? TestContext.Current.CancellationToken);
    }

    private string Address() => application.Urls.Single();

    private static RequestDelegate Answer(int status, string body) => async context =>
    {
        context.Response.StatusCode = status;
        if (body.Length > 0)
        {
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(body);
        }
    };

    private sealed class Always(StartVerdict verdict) : IStartAuthorizer
    {
        public ValueTask<StartVerdict> Authorize(Caller caller, string definition, JsonElement inputs, CancellationToken cancellationToken) => new(verdict);
    }
}
