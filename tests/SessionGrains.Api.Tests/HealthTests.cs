using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace SessionGrains.Api.Tests;

/// <summary>What a load balancer learns.</summary>
public sealed class HealthTests
{
    [Fact]
    public async Task A_host_that_reaches_its_cluster_is_ready()
    {
        await using var api = await ApiUnderTest.Start();

        using var response = await api.Send("GET", "/readyz");

        Assert.Equal("ready", (await response.Json()).GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_process_lives_also_when_its_storage_does_not_answer()
    {
        await using var api = await ApiUnderTest.Start();
        api.Grains.List.PingAnswer = Task.FromException(new NpgsqlException());

        using var ready = await api.Send("GET", "/readyz");
        using var live = await api.Send("GET", "/livez");

        await ready.Problem(503, "storage_unavailable");
        Assert.Equal("alive", (await live.Json()).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Whoever_only_sends_what_needs_no_storage_is_told_whether_the_cluster_is_there()
    {
        await using var api = await ApiUnderTest.Start();
        api.Grains.List.PingAnswer = Task.FromException(new NpgsqlException());

        using var reached = await api.Send("GET", "/readyz?except=storage");
        Assert.Equal("ready", (await reached.Json()).GetProperty("status").GetString());

        api.Grains.List.ReachAnswer = Task.FromException(new TimeoutException());
        using var lost = await api.Send("GET", "/readyz?except=storage");
        await lost.Problem(503, "storage_unavailable");
    }

    [Fact]
    public async Task A_cluster_that_takes_longer_than_two_seconds_is_not_ready()
    {
        await using var api = await ApiUnderTest.Start();
        api.Grains.List.PingAnswer = new TaskCompletionSource().Task;

        var answer = api.Send("GET", "/readyz");
        while (!answer.IsCompleted)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            api.Clock.Advance(TimeSpan.FromSeconds(2));
            await Task.Yield();
        }

        using var response = await answer;
        await response.Problem(503, "storage_unavailable");
    }

    [Fact]
    public async Task A_host_that_is_stopping_says_that_it_is_draining()
    {
        await using var api = await ApiUnderTest.Start();
        var host = api.Services.GetRequiredService<IHostApplicationLifetime>();
        using var stopping = new SemaphoreSlim(0);
        using var answered = new SemaphoreSlim(0);
        host.ApplicationStopping.Register(() =>
        {
            stopping.Release();
            answered.Wait(TimeSpan.FromSeconds(10));
        });

        var stop = Task.Run(host.StopApplication, TestContext.Current.CancellationToken);
        await stopping.WaitAsync(TestContext.Current.CancellationToken);
        using var response = await api.Send("GET", "/readyz");
        answered.Release();
        await stop;

        await response.Problem(503, "draining");
        Assert.Empty(api.Grains.Calls);
    }
}
