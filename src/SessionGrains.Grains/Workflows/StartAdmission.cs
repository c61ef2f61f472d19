using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using SessionGrains.Grains.Definitions;

namespace SessionGrains.Grains.Workflows;

/// <summary>Permission before anything else: checks a start against its definition and says how the workflow would begin.</summary>
internal sealed class StartAdmission(DefinitionCatalog definitions, DefinitionArchive archive, StartAuthorization authorization)
{
    /// <param name="secretHash">The hash of our own secret, for the modes that use one.</param>
    public async Task<Outcome<Admission>> Check(Caller caller, StartWorkflow request, Func<Definition, string?> secretHash, CancellationToken cancellationToken)
    {
        if (definitions.Find(request.Definition) is not { } definition)
        {
            return new Refusal(RefusalCode.DefinitionNotFound, "There is no such definition.");
        }

        var failed = AllowRules.Check(definition.Allow, caller).Where(rule => !rule.IsPassed).ToImmutableArray();
        if (!failed.IsEmpty)
        {
            return new Refusal(RefusalCode.Forbidden, $"The definition {definition.Name} does not let you start it.")
            {
                Faults = [.. failed.Select(rule => rule.ToFault())],
            };
        }

        var inputs = Inputs.Check(definition, request.InputsJson);
        if (!inputs.AreValid)
        {
            return new Refusal(RefusalCode.InvalidInputs, $"The inputs do not fit the definition {definition.Name}.") { Faults = inputs.Faults };
        }

        if (await authorization.Ask(definition, caller, inputs.Values, cancellationToken) is { IsPassed: false } no)
        {
            return new Refusal(RefusalCode.Forbidden, $"The application does not let you start {definition.Name}.") { Faults = [no.ToFault()] };
        }

        // Before the workflow is saved, so that no silo ever meets a version without its text.
        await archive.Keep(definition, cancellationToken);

        var key = request.IdempotencyKey;
        return new Admission(
            new(
                caller.User,
                definition.Name,
                definition.Version,
                definition.Mode,
                Placeholders.Collect(definition, inputs.Values, caller),
                request.Metadata,
                key is null ? null : RequestHash(request),
                secretHash(definition)),
            key is null ? null : Hash(key),
            definition.Quotas.LivePerUser,
            definition.Quotas.LivePerTenant,
            definition.Quotas.StartsPerUserPerMinute,
            definition.Quotas.WhenUserIsFull is WhenUserIsFull.Supersede,
            definition.Tools.IsEmpty ? null : $" {string.Join(' ', definition.Tools.Select(tool => tool.Name))} ");
    }

    private static string RequestHash(StartWorkflow request) => Hash(string.Join(
        '\n',
        request.Metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key.Length}:{pair.Key}={pair.Value.Length}:{pair.Value}")
            .Prepend(request.InputsJson)
            .Prepend(request.Definition)));

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
