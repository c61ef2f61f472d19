using SessionGrains.Grains.Tests.Definitions;
using SessionGrains.Grains.Tests.Workflows;
using SessionGrains.Grains.ToolCalls;
using Xunit;

namespace SessionGrains.Grains.Tests.ToolCalls;

/// <summary>A lab whose definitions grant tools, and the few words that tests of tool calls need.</summary>
internal static class ToolLab
{
    public const string Free = "free";
    public const string Asking = "asking";
    public const string Relayed = "relayed";

    private const string All = """["lookup_order","book_slot","issue_refund"]""";

    /// <summary>One definition whose tools need nobody, one that asks the user or an operator, and one whose calls the browser passes on.</summary>
    public static Task<Lab> Start(string limits = "{}", string tools = All, DirectoryInfo? folder = null, DateTimeOffset? now = null, IEnumerable<KeyValuePair<string, string?>>? settings = null, bool sweeps = false) => Lab.Start(
        sweeps,
        folder: folder,
        now: now,
        settings: settings,
        definitions:
        [
            Define(Free, "brokered", tools, limits),
            Define(Asking, "brokered", """[{"name":"lookup_order","approval":"user"},{"name":"issue_refund","approval":"user"},{"name":"book_slot","approval":"operator"}]""", limits),
            Define(Relayed, "client_secret", tools, limits),
        ]);

    extension(Lab lab)
    {
        /// <summary>A workflow of Ada's with a call.</summary>
        public async Task<Running> BeginWithTools(string definition = Free)
        {
            if (definition != Relayed)
            {
                return await lab.BeginCall(definition);
            }

            var workflow = await lab.Begin(definition);
            Assert.Null((await workflow.Grain.ReportCall(A.Ada, A.Call(workflow.Id.Value))).Refusal);
            return workflow;
        }

        public Task<Outcome<ToolCallOutcome>> Run(Running workflow, string tool, string call = "call_1", string arguments = PretendTools.Arguments) =>
            lab.ToolCall(workflow.Id, call).Run(tool, arguments);

        /// <summary>Runs a call that must not be refused.</summary>
        public async Task<ToolCallView> Ran(Running workflow, string tool, string call = "call_1", string arguments = PretendTools.Arguments)
        {
            var outcome = await lab.Run(workflow, tool, call, arguments);
            Assert.Null(outcome.Refusal);
            return outcome.Value!.Call;
        }

        /// <summary>A call that waits for somebody.</summary>
        public async Task<(IToolCallGrain Grain, string Hash)> Ask(Running workflow, string tool, string call = "call_1")
        {
            var view = await lab.Ran(workflow, tool, call);
            Assert.Equal(ToolCallStatus.PendingApproval, view.Status);
            return (lab.Call(workflow, call), view.ArgumentsHash);
        }

        public IToolCallGrain Call(Running workflow, string call = "call_1") => lab.Grains.ToolCall(workflow.Id, ToolCallId.Parse(call));

        /// <summary>The only row of a workflow's tool calls; null when there is none.</summary>
        public async Task<ToolCallState?> Row(Running workflow) => (await lab.ToolCalls(workflow.Id)).SingleOrDefault()?.State;

        public int ToolCallWrites() => lab.Storage.Written.Count(write => write.StateName == "tool_call");

        public Task BecomesRow(Running workflow, ToolCallStage stage) => Lab.Eventually(
            async () => (await lab.Row(workflow))?.Stage == stage, async () => $"the call is {await lab.Row(workflow)}\n{lab.Logs.Text}");
    }

    private static string Define(string name, string mode, string tools, string limits) => Texts.With(
        ("name", $"\"{name}\""), ("mode", $"\"{mode}\""), ("limits", limits), ("quotas", """{"live_per_user":5}"""), ("tools", tools));
}
