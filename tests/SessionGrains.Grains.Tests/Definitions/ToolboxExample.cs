using System.Collections.Concurrent;
using System.ComponentModel;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using SessionGrains.Grains.Storage;
using SessionGrains.Tools;
using SessionGrains.Tools.Running;

namespace SessionGrains.Grains.Tests.Definitions;

/// <summary>The example of docs/definitions.md: an application's own silo with tools in code.</summary>
internal static class ToolboxExample
{
    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        var calendar = new Calendar();
        builder.AddTool(AIFunctionFactory.Create(calendar.FindSlot, "find_slot"), effect: ToolEffect.Read);
        builder.AddTool(AIFunctionFactory.Create(calendar.BookSlot, "book_slot"), effect: ToolEffect.Keyed, timeout: TimeSpan.FromSeconds(5));
        builder.AddSilo(silo => silo.AddSessionGrainsStorage(builder.Configuration.GetConnectionString("SessionGrains")!));
        return builder.Build();
    }
}

/// <summary>Appointments of one practice, each taken once.</summary>
internal sealed class Calendar
{
    private readonly ConcurrentDictionary<string, string> bookings = [];

    [Description("Finds a free appointment on a day.")]
    public string FindSlot([Description("The day, such as 2026-11-24.")] DateOnly day) =>
        Enumerable.Range(9, 8).Select(hour => $"{day:yyyy-MM-dd} {hour}:00").FirstOrDefault(slot => !bookings.ContainsKey(slot)) ?? "There is none.";

    [Description("Books an appointment that find_slot has found.")]
    public string BookSlot([Description("The appointment, such as 2026-11-24 9:00.")] string slot, ToolContext call)
    {
        // The key is the same when this call is run again, so the caller does not collide with itself.
        if (bookings.GetOrAdd(slot, call.IdempotencyKey) != call.IdempotencyKey)
        {
            throw new ToolFailedException($"{slot} has just been taken.");
        }

        call.End();
        return $"Booked {slot}.";
    }
}
