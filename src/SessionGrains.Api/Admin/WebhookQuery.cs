using System.Text.Json;
using SessionGrains.Api.ProblemJson;
using SessionGrains.Api.Workflows;

namespace SessionGrains.Api.Admin;

/// <summary>Which webhooks an operator asks for, or what is wrong with the question.</summary>
internal sealed record WebhookQuery(WebhookQuestion Question, Page Page, Problem? Problem)
{
    private static readonly Dictionary<string, WebhookStatus> Statuses =
        Enum.GetValues<WebhookStatus>().ToDictionary(status => JsonNamingPolicy.SnakeCaseLower.ConvertName(status.ToString()));

    public static async ValueTask<WebhookQuery> BindAsync(HttpContext context)
    {
        var faults = new List<Fault>();
        WebhookStatus? status = null;
        if (AdminQuery.Text(context, "status", faults) is { } name)
        {
            if (Statuses.TryGetValue(name, out var known))
            {
                status = known;
            }
            else
            {
                faults.Add(new("status", $"One of these: {string.Join(", ", Statuses.Keys)}."));
            }
        }

        var question = new WebhookQuestion(status, AdminQuery.Text(context, "endpoint", faults), AdminQuery.Text(context, "workflow", faults));
        var page = await Page.BindAsync(context);
        return new(question, page, faults.Count > 0 ? Problems.Invalid([.. faults]) : page.Problem);
    }
}
