namespace SessionGrains;

/// <summary>The words that Orleans' grain factory lacks for this product.</summary>
public static class GrainFactoryExtensions
{
    extension(IGrainFactory grains)
    {
        public IWorkflowGrain Workflow(WorkflowId id) => grains.GetGrain<IWorkflowGrain>(id.Value);

        public IToolCallGrain ToolCall(WorkflowId workflow, ToolCallId call) => grains.GetGrain<IToolCallGrain>($"{workflow}/{call}");

        public IWorkflowListGrain WorkflowList => grains.GetGrain<IWorkflowListGrain>(0);

        public IOperationsGrain Operations => grains.GetGrain<IOperationsGrain>(0);
    }
}
