using Microsoft.Extensions.Logging;

namespace SessionGrains.Grains.Definitions;

/// <summary>Everything that definitions write to the log. Identifiers only: no instructions, no inputs.</summary>
internal static partial class DefinitionLog
{
    [LoggerMessage(600, LogLevel.Information, "Loaded {Definitions} definitions and {Tools} tools")]
    public static partial void DefinitionsLoaded(this ILogger logger, int definitions, int tools);

    [LoggerMessage(601, LogLevel.Warning, "There is no definition in {Folder}, so nothing can be started")]
    public static partial void NoDefinitions(this ILogger logger, string folder);

    [LoggerMessage(602, LogLevel.Error, "A changed file is not taken, the last good version stays: {Fault}")]
    public static partial void ChangeRejected(this ILogger logger, string fault);

    [LoggerMessage(603, LogLevel.Warning, "Changes of {Folder} are not announced ({Failure}); it is compared every few seconds")]
    public static partial void FolderNotWatched(this ILogger logger, string folder, string failure);

    [LoggerMessage(604, LogLevel.Warning, "The authorizer of {Definition} gave no answer, which means no: {Failure}")]
    public static partial void AuthorizerGaveNoAnswer(this ILogger logger, string definition, string failure);

    [LoggerMessage(605, LogLevel.Error, "The tools of MCP server {Server} could not be listed and pinned, which is tried again: {Failure}")]
    public static partial void ToolsNotListed(this ILogger logger, string server, string failure);
}
