using System.Globalization;
using SessionGrains.Tools.Files;

namespace SessionGrains.Grains.Definitions;

/// <summary>Reads how long, how much and how many.</summary>
internal static class LimitsReader
{
    public static Limits ReadLimits(FileObject file, ConnectionMode? mode, FileFaults faults)
    {
        var limits = file.Child("limits", [.. DefinitionFields.Limits.Select(field => field.Name)]);
        var read = new Limits
        {
            SecretTtl = Seconds(DefinitionFields.SecretTtl),
            MaxSecrets = Whole(DefinitionFields.MaxSecrets),
            Attach = Seconds(DefinitionFields.Attach),
            MaxDuration = Seconds(DefinitionFields.MaxDuration),
            IdleTimeout = Seconds(DefinitionFields.IdleTimeout),
            Heartbeat = Seconds(DefinitionFields.Heartbeat),
            HeartbeatGrace = Seconds(DefinitionFields.HeartbeatGrace),
            ControlLost = Seconds(DefinitionFields.ControlLost),
            MaxToolCalls = Whole(DefinitionFields.MaxToolCalls),
            MaxConcurrentToolCalls = Whole(DefinitionFields.MaxConcurrentToolCalls),
            MaxCostUsd = limits?.Amount(DefinitionFields.MaxCost) ?? DefinitionFields.MaxCost.Default,
            MaxResponses = Whole(DefinitionFields.MaxResponses),
        };

        // OpenAI's secret cannot be revoked: it must have expired before its workflow gives up waiting for the call.
        if (mode == ConnectionMode.ClientSecret && read.Attach < read.SecretTtl)
        {
            faults.Add(
                $"$.limits.{DefinitionFields.Attach.Name}",
                string.Create(CultureInfo.InvariantCulture, $"is {read.Attach.TotalSeconds}, shorter than the secret lives"),
                string.Create(CultureInfo.InvariantCulture, $"at least {read.SecretTtl.TotalSeconds} ({DefinitionFields.SecretTtl.Name}) in client_secret mode"));
        }

        return read;

        int Whole(NumberField field) => limits?.Whole(field) ?? (int)field.Default;
        TimeSpan Seconds(NumberField field) => TimeSpan.FromSeconds(Whole(field));
    }

    public static Quotas ReadQuotas(FileObject file)
    {
        var quotas = file.Child("quotas", [.. DefinitionFields.Quotas.Select(field => field.Name), DefinitionFields.WhenUserIsFull]);
        return new(
            Whole(DefinitionFields.LivePerUser),
            Whole(DefinitionFields.LivePerTenant),
            Whole(DefinitionFields.StartsPerMinute),
            quotas?.Word(DefinitionFields.WhenUserIsFull, DefinitionFields.WhenFull) ?? WhenUserIsFull.Refuse);

        int Whole(NumberField field) => quotas?.Whole(field) ?? (int)field.Default;
    }
}
