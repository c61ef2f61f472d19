using SessionGrains.Tools.Files;

namespace SessionGrains.Tools.Tests;

/// <summary>What tool files mean, and every way to write a wrong one.</summary>
public sealed class ToolFileTests
{
    private const string Http = "\"http\":{\"url\":\"https://x/y\"}";
    private const string Rest = "\"description\":\"d\",\"parameters\":{\"type\":\"object\"}";

    public static TheoryData<string, string> BadFiles { get; } = new()
    {
        { "", "$" },
        { "null", "$" },
        { $$$"""{"name":"t",{{{Rest}}},{{{Http}}},"url":"x"}""", "$.url" },
        { $$$"""{"name":"t","name":"u",{{{Rest}}},{{{Http}}}}""", "$.name" },
        { $$$"""{{{{Rest}}},{{{Http}}}}""", "$.name" },
        { $$$"""{"name":"a b",{{{Rest}}},{{{Http}}}}""", "$.name" },
        { $$$"""{"name":"a.b",{{{Rest}}},{{{Http}}}}""", "$.name" },
        { $$$"""{"name":"{{{new string('t', 65)}}}",{{{Rest}}},{{{Http}}}}""", "$.name" },
        { $$$"""{"name":"t",{{{Rest}}}}""", "$" },
        { $$$"""{"name":"t",{{{Rest}}},{{{Http}}},"mcp":{"url":"https://x/y","tools":["a"]}}""", "$" },
        { $$$"""{"name":"t","parameters":{"type":"object"},{{{Http}}}}""", "$.description" },
        { $$$"""{"name":"t","description":"","parameters":{"type":"object"},{{{Http}}}}""", "$.description" },
        { $$$"""{"name":"t","description":"d",{{{Http}}}}""", "$.parameters" },
        { $$$"""{"name":"t","description":"d","parameters":[],{{{Http}}}}""", "$.parameters" },
        { $$$"""{"name":"t","description":"d","parameters":{"type":"string"},{{{Http}}}}""", "$.parameters.type" },
        { $$$"""{"name":"t","description":"d","parameters":{"type":["object","null"]},{{{Http}}}}""", "$.parameters.type" },
        { $$$"""{"name":"t","description":"d","parameters":{"type":"object","properties":{"a":7}},{{{Http}}}}""", "$.parameters.properties.a" },
        { $$$"""{"name":"t","description":"d","parameters":{"type":"object","if":{}},{{{Http}}}}""", "$.parameters.if" },
        { $$$"""{"name":"t",{{{Rest}}},{{{Http}}},"effect":"write"}""", "$.effect" },
        { $$$"""{"name":"t",{{{Rest}}},{{{Http}}},"timeout_seconds":0}""", "$.timeout_seconds" },
        { $$$"""{"name":"t",{{{Rest}}},{{{Http}}},"timeout_seconds":601}""", "$.timeout_seconds" },
        { $$$"""{"name":"t",{{{Rest}}},{{{Http}}},"max_output_bytes":1048577}""", "$.max_output_bytes" },
        { $$$"""{"name":"t",{{{Rest}}},{{{Http}}},"ends_workflow":"yes"}""", "$.ends_workflow" },
        { $$$"""{"name":"t",{{{Rest}}},"http":"https://x/y"}""", "$.http" },
        { $$$"""{"name":"t",{{{Rest}}},"http":{}}""", "$.http.url" },
        { $$$"""{"name":"t",{{{Rest}}},"http":{"url":"/y"}}""", "$.http.url" },
        { $$$"""{"name":"t",{{{Rest}}},"http":{"url":"file:///etc/passwd"}}""", "$.http.url" },
        { $$$"""{"name":"t",{{{Rest}}},"http":{"url":"https://me:secret@x/y"}}""", "$.http.url" },
        { $$$"""{"name":"t",{{{Rest}}},"http":{"url":"https://x/y#z"}}""", "$.http.url" },
        { $$$"""{"name":"t",{{{Rest}}},"http":{"url":"http://x/y"}}""", "$.http.url" },
        { $$$"""{"name":"t",{{{Rest}}},"http":{"url":"http://x/y","allow_private_network":false}}""", "$.http.url" },
        { $$$"""{"name":"t",{{{Rest}}},"http":{"url":"https://x/y","allow_private_network":1}}""", "$.http.allow_private_network" },
        { $$$"""{"name":"t",{{{Rest}}},"http":{"url":"https://x/y","signing_secret_env":"whsec_abc="}}""", "$.http.signing_secret_env" },
        { $$$"""{"name":"t",{{{Rest}}},"http":{"url":"https://x/y","bearer_env":"T"}}""", "$.http.bearer_env" },
        { """{"name":"s","mcp":{"tools":["a"]}}""", "$.mcp.url" },
        { """{"name":"s","mcp":{"url":"http://x/mcp","tools":["a"]}}""", "$.mcp.url" },
        { """{"name":"s","mcp":{"url":"https://x/mcp"}}""", "$.mcp.tools" },
        { """{"name":"s","mcp":{"url":"https://x/mcp","tools":[]}}""", "$.mcp.tools" },
        { """{"name":"s","mcp":{"url":"https://x/mcp","tools":"a"}}""", "$.mcp.tools" },
        { """{"name":"s","mcp":{"url":"https://x/mcp","tools":["a","a"]}}""", "$.mcp.tools[1]" },
        { $$$"""{"name":"server","mcp":{"url":"https://x/mcp","tools":["{{{new string('t', 57)}}}"]}}""", "$.mcp.tools[0]" },
        { """{"name":"s","description":"d","mcp":{"url":"https://x/mcp","tools":["a"]}}""", "$.description" },
        { """{"name":"s","parameters":{"type":"object"},"mcp":{"url":"https://x/mcp","tools":["a"]}}""", "$.parameters" },
        { """{"name":"s","mcp":{"url":"https://x/mcp","tools":["a"],"headers":{}}}""", "$.mcp.headers" },
        { """{"name":"s","mcp":{"url":"https://x/mcp","tools":["a"],"bearer_env":""}}""", "$.mcp.bearer_env" },
    };

    [Theory]
    [MemberData(nameof(BadFiles))]
    public void A_bad_tool_file_is_refused_and_its_wrong_place_is_named(string text, string path)
    {
        var result = ToolFileReader.Read("tools/t.json", text);

        Assert.False(result.IsValid);
        var fault = Assert.Single(result.Faults);
        Assert.Equal(("tools/t.json", path), (fault.File, fault.Path));
    }

    [Fact]
    public void An_http_tool_has_all_that_its_file_says()
    {
        var tool = Assert.Single(Read(
            """
            { "name": "lookup_order", "description": "Finds an order by its number.",
              "parameters": { "type": "object", "properties": { "order_id": { "type": "string" } }, "required": ["order_id"], "additionalProperties": false },
              "effect": "keyed", "timeout_seconds": 11, "max_output_bytes": 16385, "ends_workflow": true,
              "http": { "url": "http://orders.internal/lookup", "signing_secret_env": "ORDERS_WEBHOOK_SECRET", "allow_private_network": true } }
            """));

        Assert.Equal(("lookup_order", "Finds an order by its number.", ToolEffect.Keyed, true), (tool.Name, tool.Description, tool.Effect, tool.EndsWorkflow));
        Assert.Equal((TimeSpan.FromSeconds(11), 16385), (tool.Timeout, tool.MaxOutputBytes));
        Assert.Equal(new ToolTarget.Http(new("http://orders.internal/lookup"), "ORDERS_WEBHOOK_SECRET", true), tool.Target);
        Assert.Equal(["order_id"], tool.Parameters!.PropertyNames);
    }

    [Fact]
    public void What_a_tool_file_leaves_out_has_its_documented_default()
    {
        var tool = Assert.Single(Read($$$"""{"name":"t",{{{Rest}}},{{{Http}}}}"""));

        Assert.Equal((ToolEffect.Unkeyed, TimeSpan.FromSeconds(10), 16384, false), (tool.Effect, tool.Timeout, tool.MaxOutputBytes, tool.EndsWorkflow));
        Assert.Equal(new ToolTarget.Http(new("https://x/y"), null, false), tool.Target);
    }

    [Fact]
    public void An_mcp_file_declares_each_tool_under_the_servers_name()
    {
        var tools = Read("""{ "name": "crm", "mcp": { "url": "https://crm.internal/mcp", "tools": ["find_customer", "add-note"], "bearer_env": "CRM_TOKEN" }, "effect": "read" }""");

        Assert.Equal(["crm__find_customer", "crm__add-note"], tools.Select(tool => tool.Name));
        Assert.All(tools, tool => Assert.Equal(ToolEffect.Read, tool.Effect));
        Assert.Equal(
            new ToolTarget.Mcp("crm", "add-note", new("https://crm.internal/mcp"), "CRM_TOKEN", false),
            (ToolTarget.Mcp)tools[1].Target with { Revision = "" });
    }

    [Fact]
    public void Every_change_of_an_mcp_file_is_another_revision_of_its_tools()
    {
        const string Text = """{ "name": "crm", "mcp": { "url": "https://crm.internal/mcp", "tools": ["find_customer"] } }""";

        Assert.Equal(Revision(Text), Revision(Text));
        Assert.NotEqual(Revision(Text), Revision(Text + "\n"));

        static string Revision(string text) => ((ToolTarget.Mcp)Assert.Single(Read(text)).Target).Revision;
    }

    [Fact]
    public void All_faults_of_a_tool_file_are_named_at_once() =>
        Assert.Equal(
            ["$.description", "$.effect", "$.extra", "$.http.url", "$.parameters"],
            ToolFileReader.Read("t", """{"name":"t","effect":"x","extra":1,"http":{"url":"http://x"}}""").Faults.Select(fault => fault.Path).Order(StringComparer.Ordinal));

    [Fact]
    public void A_fault_stays_one_line_whatever_a_file_holds()
    {
        var fault = Assert.Single(ToolFileReader.Read("t", $$$"""{"name":"t",{{{Rest}}},{{{Http}}},"a\nb":1}""").Faults);

        Assert.DoesNotContain('\n', fault.ToString());
    }

    private static IReadOnlyList<ToolDeclaration> Read(string text)
    {
        FileResult<IReadOnlyList<ToolDeclaration>> result = ToolFileReader.Read("tools/t.json", text);
        Assert.Empty(result.Faults);
        return result.Value!;
    }
}
