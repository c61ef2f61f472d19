using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Xunit;

namespace SessionGrains.OpenAI.Tests;

public sealed class CallTests
{
    [Fact]
    public async Task A_call_is_created_with_the_servers_key_and_its_id_is_read_from_the_location()
    {
        await using var lab = await Lab.Start();

        var call = await lab.Created();

        var created = Assert.Single(await lab.Ledger("call.created"));
        Assert.Equal(created["call_id"]!.GetValue<string>(), call.CallId);
        Assert.Equal("key", created["details"]!["created_with"]!.GetValue<string>());
        Assert.Equal("user-hash", created["details"]!["safety_identifier"]!.GetValue<string>());
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Lab.Session), created["details"]!["session"]));
        Assert.StartsWith("v=0", call.Answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_two_parts_of_a_call_are_sent_byte_for_byte_with_their_types_and_quoted_names()
    {
        await using var listener = await Listener.Start(response =>
        {
            response.StatusCode = 201;
            response.Headers.Location = "/v1/realtime/calls/rtc_one";
            return response.WriteAsync("answer");
        });
        await using var lab = Lab.At(listener.BaseUrl);

        await lab.Created();

        var heard = Assert.Single(listener.Requests);
        Assert.Equal(("POST", "/v1/realtime/calls"), (heard.Method, heard.Path));
        Assert.Equal($"Bearer {Lab.Key}", heard.Headers["Authorization"]);
        Assert.Equal($"{heard.Body.Length}", heard.Headers["Content-Length"]);
        var boundary = HeaderUtilities.RemoveQuotes(MediaTypeHeaderValue.Parse(heard.Headers["Content-Type"]).Boundary).ToString();
        var reader = new MultipartReader(boundary, new MemoryStream(heard.Body));
        Assert.Equal(("form-data; name=\"sdp\"", "application/sdp", Lab.Offer), await Part(reader));
        Assert.Equal(("form-data; name=\"session\"", "application/json", Lab.Session), await Part(reader));
        Assert.Null(await reader.ReadNextSectionAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("/v1/realtime/calls/rtc_one")]
    [InlineData("https://api.openai.com/v1/realtime/calls/rtc_one")]
    [InlineData("/v1/realtime/calls/rtc_one/")]
    [InlineData("/v1/realtime/calls/rtc_one?model=gpt-realtime-2.1&next=/x")]
    [InlineData("rtc_one")]
    public async Task The_id_is_the_last_part_of_a_relative_or_absolute_location(string location)
    {
        var reply = await CreateAt(location);

        Assert.Equal(new CreatedCall("rtc_one", "answer"), Assert.IsType<Reply<CreatedCall>.Done>(reply).Value);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("/v1/realtime/calls")]
    [InlineData("/v1/realtime/calls/sess_one")]
    public async Task A_call_without_an_id_may_exist_and_is_not_taken_for_one(string? location) =>
        Assert.Equal("an answer that is not understood", Assert.IsType<Reply<CreatedCall>.Unknown>(await CreateAt(location)).Fault.Detail);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_call_whose_answer_breaks_or_drips_is_known_all_the_same(bool drips)
    {
        await using var listener = await Listener.Start(async response =>
        {
            response.StatusCode = 201;
            response.Headers.Location = "/v1/realtime/calls/rtc_one";
            response.ContentLength = 1000;
            await response.WriteAsync("half an ans");
            await response.Body.FlushAsync();
            if (drips)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, response.HttpContext.RequestAborted);
            }
        });
        await using var lab = Lab.At(listener.BaseUrl, timeout: TimeSpan.FromSeconds(1));

        Assert.Equal(new CreatedCall("rtc_one", null), await lab.Created());
        Assert.Contains("the answer broke", lab.Logs.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redirect_is_not_followed_with_the_key()
    {
        await using var listener = await Listener.Start(response =>
        {
            response.StatusCode = 307;
            response.Headers.Location = "/elsewhere";
            return Task.CompletedTask;
        });
        await using var lab = Lab.At(listener.BaseUrl);

        Assert.IsType<Reply<CreatedCall>.Refused>(await lab.Create());
        Assert.IsType<Reply<MintedSecret>.Refused>(await lab.Mint());
        Assert.Equal(2, listener.Requests.Count);
    }

    private static async Task<Reply<CreatedCall>> CreateAt(string? location)
    {
        await using var listener = await Listener.Start(response =>
        {
            response.StatusCode = 201;
            if (location is not null)
            {
                response.Headers.Location = location;
            }

            return response.WriteAsync("answer");
        });
        await using var lab = Lab.At(listener.BaseUrl);
        return await lab.Create();
    }

    private static async Task<(string? Disposition, string? Type, string Text)> Part(MultipartReader reader)
    {
        var section = await reader.ReadNextSectionAsync(TestContext.Current.CancellationToken);
        using var text = new StreamReader(section!.Body, Encoding.UTF8);
        return (section.ContentDisposition, section.ContentType, await text.ReadToEndAsync(TestContext.Current.CancellationToken));
    }
}
