namespace SessionGrains.Grains.Sideband;

/// <summary>Where the news of a call go.</summary>
internal interface ICallReports
{
    Task Heard(WorkflowId workflow, CallId call, CallNews news);
}
