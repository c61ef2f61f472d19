using SessionGrains.Api.ProblemJson;
using SessionGrains.Api.Workflows;

namespace SessionGrains.Api.Admin;

/// <summary>Which of everybody's workflows, or of their audit events, an operator asks for, or what is wrong with the question.</summary>
internal sealed record AdminQuery(
    bool? IsLive, Phase? Phase, string? Owner, string? Tenant, string? Definition, string? Workflow, Page Page, Problem? Problem)
{
    public const int MaxText = 255;

    private const string Live = "live";

    private static readonly string[] Statuses = [Live, "ready", "connecting", "active", "ending", "ended"];

    public WorkflowFilter Filter => new(IsLive, Phase, Owner, Tenant, Definition);

    public AuditQuestion Question => new(Workflow, Owner, Tenant, Definition);

    public static async ValueTask<AdminQuery> BindAsync(HttpContext context)
    {
        var faults = new List<Fault>();
        var status = Text(context, "status", faults);
        if (status is not null && !Statuses.Contains(status))
        {
            faults.Add(new("status", $"One of these: {string.Join(", ", Statuses)}."));
        }

        var (owner, tenant, definition, workflow) = (
            Text(context, "owner", faults), Text(context, "tenant", faults), Text(context, "definition", faults), Text(context, "workflow", faults));
        var page = await Page.BindAsync(context);
        Phase? phase = status is null or Live || faults.Count > 0 ? null : Enum.Parse<Phase>(status, ignoreCase: true);
        return new(status is Live ? true : null, phase, owner, tenant, definition, workflow, page, faults.Count > 0 ? Problems.Invalid([.. faults]) : page.Problem);
    }

    /// <summary>A text that a query may have once.</summary>
    public static string? Text(HttpContext context, string name, List<Fault> faults)
    {
        var values = context.Request.Query[name];
        if (values is [] or [{ Length: >= 1 and <= MaxText }])
        {
            return values.Count == 0 ? null : values[0];
        }

        faults.Add(new(name, $"A text of 1 to {MaxText} characters, once."));
        return null;
    }
}
