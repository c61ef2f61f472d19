using System.Text.Json.Serialization;
using SessionGrains.Grains.Storage;
using Xunit;

namespace SessionGrains.Grains.Tests.Storage;

public sealed class StateSerializerTests
{
    private const string Golden =
        """{"user_name":"Ada","phase":"ready","due_at":1790000000000,"owed":[{"$type":"hang_up","call_id":"rtc_1"},{"$type":"release"}],"limits":{"Kept As Is":3}}""";

    private static readonly StateSerializer Serializer = new();

    private static readonly Record Known = new(
        "Ada", StoredPhase.Ready, 1_790_000_000_000, null, [new Step.HangUp("rtc_1"), new Step.Release()], new Dictionary<string, int> { ["Kept As Is"] = 3 });

    [Fact]
    public void State_is_written_in_snake_case_without_nulls_and_without_class_names() =>
        Assert.Equal(Golden, Serializer.Serialize(Known).ToString());

    [Fact]
    public void What_was_written_yesterday_reads_back_the_same() =>
        Assert.Equal(Golden, Serializer.Serialize(Serializer.Deserialize<Record>(BinaryData.FromString(Golden))).ToString());

    [Fact]
    public void Members_of_tomorrow_and_members_in_another_order_are_tolerated()
    {
        var read = Serializer.Deserialize<Record>(BinaryData.FromString(
            """{"invented_later":{"deep":[1]},"owed":[{"call_id":"rtc_1","more":true,"$type":"hang_up"}],"phase":"ended","user_name":"Ada"}"""));

        Assert.Equal(("Ada", StoredPhase.Ended, (long?)null), (read.UserName, read.Phase, read.DueAt));
        Assert.Equal([new Step.HangUp("rtc_1")], read.Owed);
    }

    [Fact]
    public void A_number_is_not_taken_for_an_enum() =>
        Assert.Throws<UnreadableStateException>(() => Serializer.Deserialize<Record>(BinaryData.FromString("""{"phase":1}""")));

    [Theory, InlineData("""{"phase":"paused","user_name":"canary"}""", "$.phase"), InlineData("""{"owed":[{"$type":"write_letter","to":"canary"}]}""", "$.owed")]
    public void What_only_tomorrow_knows_is_refused_by_its_place_and_not_by_what_it_says(string stored, string place)
    {
        var refused = Assert.Throws<UnreadableStateException>(() => Serializer.Deserialize<Record>(BinaryData.FromString(stored)));

        Assert.Contains(place, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_derived_type_without_a_discriminator_is_refused() =>
        Assert.Throws<InvalidOperationException>(() => Serializer.Serialize<Nameless>(new Nameless.Derived()));

    private sealed record Record(
        string UserName, StoredPhase Phase, long? DueAt, string? CallId, IReadOnlyList<Step> Owed, IReadOnlyDictionary<string, int> Limits);

    [JsonDerivedType(typeof(HangUp), "hang_up")]
    [JsonDerivedType(typeof(Release), "release")]
    private abstract record Step
    {
        public sealed record HangUp(string CallId) : Step;

        public sealed record Release : Step;
    }

    [JsonDerivedType(typeof(Derived))]
    private abstract record Nameless
    {
        public sealed record Derived : Nameless;
    }
}
