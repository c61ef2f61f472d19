using System.Data.Common;
using Orleans.Runtime.Messaging;
using Orleans.Serialization;
using Orleans.Storage;

namespace SessionGrains.Api.ProblemJson;

/// <summary>Tells faults that pass by themselves from those that are ours to repair.</summary>
internal static class FaultProblems
{
    // Most exceptions cannot cross from a silo to here; then only their names arrive, inside the complaint about that.
    private static readonly string[] StorageFaults = ["NpgsqlException", "PostgresException", "SqliteException", "DbException", "UnreadableStateException"];

    /// <summary>The problem that an exception becomes. It never repeats the exception's words.</summary>
    public static Problem Of(Exception fault) => fault switch
    {
        BadHttpRequestException bad => Problems.OfStatus(bad.StatusCode),
        _ when Chain(fault).Any(IsStorage) => new(Problems.StorageUnavailable, "The storage does not answer at the moment. Try again."),
        _ when Chain(fault).Any(IsCluster) => new(Problems.StorageUnavailable, "The cluster does not answer at the moment. Try again."),
        _ => new(Problems.InternalError, "Something went wrong on our side. The trace id finds it in our log."),
    };

    /// <summary>Whether a question, or its answer, was lost between here and its grain: the grain itself may have it, and may be well.</summary>
    public static bool IsLostOnTheWay(Exception fault) => Chain(fault).Any(IsLost);

    private static bool IsStorage(Exception fault) => fault switch
    {
        DbException or InconsistentStateException => true,
        CodecNotFoundException unsent => StorageFaults.Any(name => unsent.Message.Contains(name, StringComparison.Ordinal)),
        UnavailableExceptionFallbackException unknown => IsStorageName(unknown.ExceptionType),
        WrappedException wrapped => IsStorageName(wrapped.OriginalExceptionType),
        _ => IsStorageName(fault.GetType().FullName),
    };

    private static bool IsStorageName(string? type) =>
        type is not null && StorageFaults.Any(name => type.Split(',')[0].EndsWith(name, StringComparison.Ordinal));

    // Nobody here cancels a question but a client that is gone: what else was cancelled, the cluster has given up placing.
    private static bool IsCluster(Exception fault) => fault is
        TimeoutException
        or OperationCanceledException
        or ClusterNotReachedException
        or GatewayTooBusyException
        or LimitExceededException
        || IsLost(fault);

    // Orleans has no type of its own for a grain that it could not register, as on a silo that was declared dead while it still answers.
    private static bool IsLost(Exception fault) => fault is OrleansMessageRejectionException or ConnectionFailedException or ClientNotAvailableException
        || (fault is { InnerException: null } && fault.GetType() == typeof(OrleansException));

    private static IEnumerable<Exception> Chain(Exception fault)
    {
        for (var link = fault; link is not null; link = link.InnerException)
        {
            yield return link;
        }
    }
}

/// <summary>A grain was asked for before this host had ever reached a silo.</summary>
internal sealed class ClusterNotReachedException() : Exception("This host has not reached a silo yet.");
