using System.Text.Json.Nodes;
using SessionGrains.OpenAI.Sideband;
using Xunit;

namespace SessionGrains.OpenAI.Tests.Sideband;

/// <summary>What we send, letter by letter.</summary>
public sealed class ClientEventsTests
{
    [Fact]
    public void Events_have_OpenAIs_shape()
    {
        Assert.Equal("""{"type":"session.update","session":{"tools":[],"type":"realtime"}}""", ClientEvents.SessionUpdate(new() { ["tools"] = new JsonArray() }).ToJsonString());
        Assert.Equal(
            """{"type":"conversation.item.create","item":{"type":"function_call_output","call_id":"call_1","output":"[]"}}""",
            ClientEvents.FunctionCallOutput("call_1", "[]").ToJsonString());
        Assert.Equal(
            """{"type":"conversation.item.create","item":{"type":"message","role":"system","content":[{"type":"input_text","text":"Hi"}]}}""",
            ClientEvents.Message("system", "Hi").ToJsonString());
        Assert.Equal(
            """{"type":"conversation.item.create","event_id":"e","item":{"id":"item_1","type":"function_call_output","call_id":"call_1","output":"[]"}}""",
            ClientEvents.FunctionCallOutput("call_1", "[]", "e", "item_1").ToJsonString());
        Assert.Equal("item_1", (string?)ClientEvents.Message("system", "Hi", itemId: "item_1")["item"]!["id"]);
        Assert.Equal("""{"type":"conversation.item.retrieve","item_id":"item_1"}""", ClientEvents.ItemRetrieve("item_1").ToJsonString());
        Assert.Equal("""{"type":"conversation.item.delete","item_id":"item_1"}""", ClientEvents.ItemDelete("item_1").ToJsonString());
        Assert.Equal("""{"type":"response.create"}""", ClientEvents.ResponseCreate().ToJsonString());
        Assert.Equal("""{"type":"response.create","event_id":"e","response":{"tool_choice":"none"}}""", ClientEvents.ResponseCreate(new() { ["tool_choice"] = "none" }, "e").ToJsonString());
        Assert.Equal("""{"type":"response.cancel"}""", ClientEvents.ResponseCancel().ToJsonString());
        Assert.Equal("""{"type":"response.cancel","response_id":"resp_1"}""", ClientEvents.ResponseCancel("resp_1").ToJsonString());
    }

    [Fact]
    public void What_is_given_stays_as_it_is()
    {
        var given = new JsonObject { ["instructions"] = "x" };

        ClientEvents.SessionUpdate(given);
        ClientEvents.SessionUpdate(given);

        Assert.Equal("""{"instructions":"x"}""", given.ToJsonString());
    }
}
