using System.Collections.Immutable;

namespace SessionGrains.Tools.Tests.Running;

/// <summary>What a model that was talked into it, or a page that relays for it, may send as arguments. None of it is what the tool asks for.</summary>
internal static class HostileArguments
{
    /// <summary>A tool with a rule for each kind of value.</summary>
    public const string Schema = """
        {
          "type": "object",
          "properties": {
            "order_id": { "type": "string", "minLength": 1, "maxLength": 16, "pattern": "^[A-Z]-[0-9]{1,6}$" },
            "amount": { "type": "number", "exclusiveMinimum": 0, "maximum": 500, "multipleOf": 0.01 },
            "count": { "type": "integer", "minimum": 1, "maximum": 9 },
            "ratio": { "type": "number" },
            "sure": { "type": "boolean" },
            "day": { "type": "string", "format": "date" },
            "mail": { "type": "string", "format": "email" },
            "id": { "type": "string", "format": "uuid" },
            "kind": { "enum": ["full", "part"] },
            "level": { "enum": [1, 2, 0] },
            "tags": { "type": "array", "items": { "type": "string", "maxLength": 8 }, "maxItems": 3, "uniqueItems": true },
            "place": { "type": "object", "properties": { "city": { "type": "string" }, "zip": { "type": "string" } }, "required": ["city"] },
            "free": {}
          },
          "required": ["order_id"]
        }
        """;

    /// <summary>Right arguments, with one more member that the attacks take the place of.</summary>
    public const string Right = """{"order_id":"A-1","amount":1.25,"count":2,"ratio":0.5,"sure":true,"day":"2026-11-24","mail":"a@b.example","kind":"full","tags":["a","b"],"place":{"city":"Ulm"}}""";

    private static readonly ImmutableArray<string> NoOrderNumbers = ["7", "null", "true", "[]", "[\"A-1\"]", "{}", "{\"$ne\":\"\"}", "{\"$gt\":\"\"}"];

    private static readonly ImmutableArray<string> OrderNumbers =
    [
        "", "A-", "a-1", "A-1 ", " A-1", "A-1\\n", "A-1\\nB-2", "A-1;DROP TABLE orders", "A-1' OR '1'='1", "../A-1", "A-1\\u200b", "\\u0410-1", "\\uff21-1", "A\\u2010" + "1", "A-\\u0661",
        "A-1234567", "A-1234567890123456789",
    ];

    // What looks like a member that is asked for, or what some reader of JSON takes for more than a member.
    private static readonly ImmutableArray<string> Names =
    [
        "Order_id", "ORDER_ID", "orderId", "order-id", "order_id ", " order_id", "order_id\\t", "order_id\\u200b", "order_id\\u00ad", "\\ufefforder_id", "\\u043erder_id", "\\u03bfrder_id",
        "ord\\u0435r_id", "\\uff4frder_id", "order\\uff3fid", "orde\\u0433_id", "order_\\u0456d", "order_id\\u0301", "\\u202eorder_id", "order.id", "order_id[]", "order_id[0]", "$.order_id", "", " ", "__proto__", "constructor", "prototype",
        "$type", "$ref", "$id", "@type", "_order_id", "context", "user", "sub", "tid", "workflow_id", "call_id", "tool", "idempotency_key", "approved", "effect", "max_calls",
    ];

    private static readonly ImmutableArray<string> NoTexts = ["\\ud800", "\\udfff", "\\udc00\\ud800", "a\\ud83d", "\\ud83d\\ud83d", "\\u0000", "a\\u0000b", "\\u0000\\u0000", "\ud800", "a\udc00"];

    public static IEnumerable<string> All =>
        WrongTypes().Concat(OutOfBounds()).Concat(WrongNames()).Concat(Twice()).Concat(NoText()).Concat(TooLarge()).Concat(NoJson());

    private static IEnumerable<string> WrongTypes()
    {
        const string Text = "\"7\"";
        var wrong = new (string Member, string[] Values)[]
        {
            ("amount", [Text, "\"\"", "true", "null", "[1]", "{}"]),
            ("count", [Text, "1.5", "true", "null", "[1]", "{}"]),
            ("ratio", [Text, "\"NaN\"", "\"Infinity\"", "true", "null", "[]", "{}"]),
            ("sure", [Text, "\"true\"", "1", "0", "null", "[]", "{}"]),
            ("day", ["20261124", "null", "true", "[]", "{}"]),
            ("mail", ["1", "null", "false", "[]", "{}"]),
            ("id", ["1", "null", "[]", "{}"]),
            ("kind", ["1", "null", "true", "[\"full\"]", "{\"full\":1}"]),
            ("tags", ["\"a\"", "null", "1", "{}", "{\"0\":\"a\"}", "[1]", "[null]", "[[\"a\"]]", "[{}]"]),
            ("place", ["\"Ulm\"", "null", "1", "[]", "[{\"city\":\"Ulm\"}]", "{}", "{\"city\":1}", "{\"city\":null}", "{\"city\":{\"$ne\":\"\"}}"]),
        };
        return wrong.SelectMany(member => member.Values.Select(value => With(member.Member, value)))
            .Concat(NoOrderNumbers.Select(value => $$"""{"order_id":{{value}}}"""))
            .Concat(["{}", "", " ", "[]", "null", "7", "\"A-1\"", "true", """[{"order_id":"A-1"}]""", """{"amount":1}"""]);
    }

    private static IEnumerable<string> OutOfBounds() =>
        OrderNumbers.Select(text => $$"""{"order_id":"{{text}}"}""")
        .Concat(Values("amount", "0", "-0", "-1", "-0.01", "500.01", "501", "1e3", "1e400", "-1e400", "1e-3", "0.001", "1.255", "99999999999999999999999999999999", "1e30"))
        .Concat(Values("count", "0", "-1", "10", "1e2", "9.0000001", "2147483648", "9223372036854775808", "1e400", "-9223372036854775809"))
        .Concat(Values("ratio", "1e309", "-1e309", "1e999999999"))
        .Concat(Values("day", "\"2026-02-31\"", "\"2026-13-01\"", "\"today\"", "\"2026-11-24T00:00:00Z\"", "\"24.11.2026\"", "\"\""))
        .Concat(Values("mail", "\"a\"", "\"a@\"", "\"@b\"", "\"Ada <a@b.example>\"", "\"a@b.example, c@d.example\"", "\"a@b.example\\r\\nBcc: c@d.example\""))
        .Concat(Values("id", "\"\"", "\"0\"", "\"0199b2a5-1111-7222-8333-44445555666\"", "\"{0199b2a5-1111-7222-8333-444455556666}\""))
        .Concat(Values("kind", "\"FULL\"", "\"full \"", "\"\"", "\"f\\u0075ll\\u0000\""))
        .Concat(Values("tags", "[\"a\",\"a\"]", "[\"a\",\"\\u0061\"]", "[\"a\",\"b\",\"c\",\"d\"]", "[\"123456789\"]"))
        .Concat(Values("free", "1e400", "[1e400]", "{\"a\":-1e400}"));

    private static IEnumerable<string> WrongNames() =>
        Names
        .Select(name => $$"""{"order_id":"A-1","{{name}}":"A-2"}""")
        .Concat(Values("place", """{"city":"Ulm","admin":true}""", """{"city":"Ulm","City":"Bonn"}""", """{"city":"Ulm","__proto__":{"admin":true}}"""));

    private static IEnumerable<string> Twice() =>
    [
        """{"order_id":"A-1","order_id":"A-2"}""", """{"order_id":"A-1","order_id":"A-1"}""", """{"order_id":"A-1","order\u005fid":"A-2"}""", """{"\u006frder_id":"A-1","order_id":"A-2"}""",
        """{"order_id":"A-1","place":{"city":"Ulm","city":"Bonn"}}""", """{"order_id":"A-1","amount":1,"amount":500}""", """{"order_id":"A-1","free":{"a":1,"a":2}}""",
        """{"order_id":"A-1","free":[{"a":1,"\u0061":2}]}""",
    ];

    private static IEnumerable<string> NoText() =>
        NoTexts
            .SelectMany(text => new[]
            {
                With("free", $"\"{text}\""), With("free", $$"""{"{{text}}":1}"""), With(text, "1"), With("place", $$"""{"city":"{{text}}"}"""),
            });

    private static IEnumerable<string> TooLarge() =>
    [
        $$"""{"order_id":"A-1","free":"{{new string('x', 16 * 1024)}}"}""", $$"""{"order_id":"A-1","free":"{{new string('x', 1024 * 1024)}}"}""", $$"""{"order_id":"A-1","free":"{{new string('ä', 8 * 1024)}}"}""",
        $$"""{"order_id":"A-1","free":[{{string.Join(',', Enumerable.Repeat("0", 9_000))}}]}""", $$"""{"order_id":"A-1"{{new string(' ', 16 * 1024)}}}""",
        """{"order_id":"A-1","level":1e-99999999999}""", """{"order_id":"A-1","level":1e99999999999}""", """{"order_id":"A-1","level":0e-99999999999}""", """{"order_id":"A-1","free":[1e-99999999999]}""",
        $$"""{"order_id":"A-1","amount":{{new string('1', 16 * 1024)}}}""", $$"""{"order_id":"A-1","{{new string('n', 16 * 1024)}}":1}""",
        Deep("[", "]", 16), Deep("[", "]", 64), Deep("[", "]", 1_000), Deep("{\"a\":", "}", 16, "1"), Deep("{\"a\":", "}", 1_000, "1"), Deep("[{\"a\":", "}]", 8, "1"),
        new string('[', 8_000), string.Concat(Enumerable.Repeat("{\"order_id\":", 1_000)),
    ];

    private static IEnumerable<string> NoJson() =>
    [
        "{", "}", "{\"order_id\"", "{\"order_id\":", "{\"order_id\":\"A-1\"", "{\"order_id\":\"A-1}", "{\"order_id\":\"A-1\",}", "{,\"order_id\":\"A-1\"}", "{\"order_id\" \"A-1\"}", "{'order_id':'A-1'}",
        "{order_id:\"A-1\"}", "{\"order_id\":\"A-1\"} {}", "{\"order_id\":\"A-1\"}{\"order_id\":\"A-2\"}", "{\"order_id\":\"A-1\"};", "[{\"order_id\":\"A-1\"}", "{\"order_id\":\"A-1\"/*,\"amount\":1*/}",
        "// {\"order_id\":\"A-1\"}", "{\"order_id\":\"A-1\"}//", "\ufeff{\"order_id\":\"A-1\"}", "{\"order_id\":\"A-1\"}\0", "\0{\"order_id\":\"A-1\"}", "{\"order_id\":\"A-1\n\"}", "{\"order_id\":\"A-1\t\"}",
        "{\"order_id\":\"\\x41-1\"}", "{\"order_id\":\"\\u00\"}", "{\"order_id\":\"A-1\",\"amount\":01}", "{\"order_id\":\"A-1\",\"amount\":+1}", "{\"order_id\":\"A-1\",\"amount\":.5}",
        "{\"order_id\":\"A-1\",\"amount\":1.}", "{\"order_id\":\"A-1\",\"amount\":0x10}", "{\"order_id\":\"A-1\",\"amount\":1_0}", "{\"order_id\":\"A-1\",\"amount\":NaN}", "{\"order_id\":\"A-1\",\"amount\":Infinity}",
        "{\"order_id\":\"A-1\",\"amount\":-}", "{\"order_id\":\"A-1\",\"sure\":True}", "{\"order_id\":\"A-1\",\"sure\":undefined}", "<order_id>A-1</order_id>", "order_id=A-1", "order_id: A-1", "`{\"order_id\":\"A-1\"}`",
        "```json\n{\"order_id\":\"A-1\"}\n```", "{“order_id”:“A-1”}", "｛\"order_id\"：\"A-1\"｝", "{\u00a0\"order_id\":\"A-1\"}",
    ];

    private static IEnumerable<string> Values(string member, params string[] values) => values.Select(value => With(member, value));

    private static string With(string member, string value) => $$"""{"order_id":"A-1","{{member}}":{{value}}}""";

    private static string Deep(string open, string close, int levels, string inner = "") =>
        With("free", string.Concat(Enumerable.Repeat(open, levels)) + inner + string.Concat(Enumerable.Repeat(close, levels)));
}
