using System.Collections.Immutable;
using SessionGrains.Grains.Definitions;
using SessionGrains.Grains.Storage;
using SessionGrains.Grains.Workflows;

namespace SessionGrains.Grains.Operations;

/// <summary>Tries a start without starting anything: every rule speaks, also after one that refuses.</summary>
internal sealed class DryRun(
    DefinitionCatalog catalog, StartAuthorization authorization, StartBlocks blocks, Slots slots, WorkflowSearch search, TimeProvider clock)
{
    private const string EditedFile = "definition";

    // Counting further serves nobody: the list is there for the rest.
    private const int CountedAtMost = 10_000;

    public async Task<Outcome<Evaluation>> Run(string name, EvaluationRequest request)
    {
        var loaded = catalog.Find(name);
        var edited = request.Text is { } text ? DefinitionReader.Read(EditedFile, text, catalog.Tools.Select(tool => tool.Name).ToHashSet(StringComparer.Ordinal)) : null;
        if (edited is { IsValid: false })
        {
            return new Refusal(RefusalCode.InvalidInputs, "The edited definition cannot be loaded.")
            {
                Faults = [.. edited.Faults.Select(fault => new Fault(fault.Path, $"It {fault.Wrong}; allowed: {fault.Allowed}."))],
            };
        }

        if ((edited?.Value ?? loaded) is not { } definition)
        {
            return new Refusal(RefusalCode.DefinitionNotFound, "There is no such definition.");
        }

        // An operator tries rules here; where silos send requests to is a matter of the loaded files.
        var asksElsewhere = definition.Authorizer is not null && definition.Authorizer != loaded?.Authorizer;
        var rules = await Check(definition, request, asksElsewhere);
        var live = await search.Find(new(WorkflowMatch.Live, Definition: name), CountedAtMost, null, default);
        return new Evaluation(
            rules.All(rule => rule.IsPassed),
            rules,
            definition.Name,
            definition.Version,
            edited is null ? [] : DefinitionDifference.Between(loaded?.Text, definition.Text),
            live.Count);
    }

    private async Task<ImmutableArray<EvaluatedRule>> Check(Definition definition, EvaluationRequest request, bool asksElsewhere)
    {
        var rules = AllowRules.Check(definition.Allow, request.As).Select(rule => new EvaluatedRule(rule.Rule, rule.IsPassed, rule.Sentence)).ToList();
        var inputs = Inputs.Check(definition, request.InputsJson);
        rules.AddRange(inputs.AreValid
            ? [new EvaluatedRule("inputs", true, "The inputs fit.")]
            : inputs.Faults.Select(fault => new EvaluatedRule($"inputs {fault.Where}", false, fault.What)));

        if (asksElsewhere)
        {
            rules.Add(new(StartAuthorization.Rule, false, "It is not asked: its settings are not those of the loaded file."));
        }
        // The application is asked as for a real start, so only about what it could be asked in one.
        else if (rules.TrueForAll(rule => rule.IsPassed) && await authorization.Ask(definition, request.As, inputs.Values, default) is { } said)
        {
            rules.Add(new(said.Rule, said.IsPassed, said.Sentence));
        }

        rules.Add(await Blocked(definition, request.As.User)
            ? new(Admission.BlockedRule, false, Admission.BlockedSentence)
            : new(Admission.BlockedRule, true, "No operator has stopped such starts."));
        var held = await slots.LiveOf(request.As.User, definition.Name, default);
        rules.Add(new(
            "quotas.live_per_user",
            held < definition.Quotas.LivePerUser || definition.Quotas.WhenUserIsFull is WhenUserIsFull.Supersede,
            $"The user has {held} live workflows of {definition.Quotas.LivePerUser}."));
        return [.. rules];
    }

    private async Task<bool> Blocked(Definition definition, UserId user) => (await blocks.Find(clock.GetUtcNow(), default)).Any(block => block.Match switch
    {
        { Subject: { } subject, Tenant: var tenant } => subject == user.Subject && (tenant is null || tenant == user.Tenant),
        { Definition: { } blocked } => blocked == definition.Name,
        { Tool: { } tool } => definition.Grants(tool) is not null,
        { Tenant: { } tenant } => tenant == user.Tenant,
        _ => false,
    });
}
