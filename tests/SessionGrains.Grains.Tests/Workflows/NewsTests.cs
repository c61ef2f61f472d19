using SessionGrains.Grains.Sideband;
using SessionGrains.Grains.Workflows;
using Xunit;
using static SessionGrains.Grains.Tests.Workflows.A;

namespace SessionGrains.Grains.Tests.Workflows;

public sealed class NewsTests
{
    private readonly Clock clock = new();

    [Fact]
    public void Without_news_the_state_stays_as_it_is()
    {
        var state = Active();

        Assert.Equal(state, new News(clock).AddTo(state, 0));
    }

    [Fact]
    public void The_same_thing_noted_twice_in_one_moment_is_two_entries_each_saved_once()
    {
        var news = new News(clock);
        news.Note("tool_refused", "a");
        news.Note("tool_refused", "a");

        var saved = news.AddTo(Active(), 0);
        Assert.Equal(2, saved.Timeline.Count(entry => entry.Kind is "tool_refused"));

        news.IsSaved(saved);
        Assert.Null(news.SaveBy);
        Assert.Equal(saved, news.AddTo(saved, 0));
    }

    [Fact]
    public void What_was_noted_while_a_save_was_under_way_is_still_news()
    {
        var news = new News(clock);
        news.Note("one", "");
        var saved = news.AddTo(Active(), 0);
        news.Note("two", "");

        news.IsSaved(saved);

        Assert.NotNull(news.SaveBy);
        Assert.Equal(["one", "two"], news.AddTo(saved, 0).Timeline.TakeLast(2).Select(entry => entry.Kind));
    }

    [Fact]
    public void Usage_of_an_earlier_activation_and_of_earlier_calls_adds_up()
    {
        var news = new News(clock);
        news.Reset(Consumption.None with { Responses = 1, CostUsd = 0.5m }, mayHaveMissed: false);
        news.Take(Consumption.None with { Responses = 2 });
        news.Take(Consumption.None with { Responses = 3 });
        news.BeginCall();
        news.Take(Consumption.None with { Responses = 4 });

        Assert.Equal(Consumption.None with { Responses = 8, CostUsd = 0.5m }, news.Used);
        Assert.Equal(news.Used, news.AddTo(Active(), 0).Usage);
    }

    [Fact]
    public void A_sum_that_was_continued_after_a_gap_is_an_estimate()
    {
        var news = new News(clock);

        news.Reset(null, mayHaveMissed: true);

        Assert.True(news.Used.IsEstimated);
    }

    [Fact]
    public void An_entry_is_saved_within_a_second_and_usage_within_ten()
    {
        var news = new News(clock);

        news.Take(Consumption.None with { Responses = 1 });
        Assert.Equal(clock.GetUtcNow() + Seconds(10), news.SaveBy);

        news.Note("guard_reverted", "$.instructions");
        Assert.Equal(clock.GetUtcNow() + Seconds(1), news.SaveBy);
    }

    [Fact]
    public void What_somebody_else_wrote_is_noted_without_what_no_database_takes_and_not_at_any_length()
    {
        var news = new News(clock);

        news.Note("guard_warned", $"role \0{new string('x', 100_000)}");

        var noted = news.AddTo(Active(), 0).Timeline[^1].Detail!;
        Assert.StartsWith("role ?xxx", noted, StringComparison.Ordinal);
        Assert.Equal(512, noted.Length);
    }

    [Fact]
    public void Paths_and_names_are_noted_as_they_are()
    {
        var news = new News(clock);

        news.Note("guard_reverted", "$.tools[0].name naïve é");

        Assert.Equal("$.tools[0].name naïve é", news.AddTo(Active(), 0).Timeline[^1].Detail);
    }
}
