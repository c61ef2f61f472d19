using System.Text.Json;
using ModelContextProtocol;
using SessionGrains.Tools.Outbound;

namespace SessionGrains.Tools.Mcp;

/// <summary>Reads what the MCP client throws.</summary>
internal static class McpFaults
{
    /// <summary>Whether the server, or the way to it, is the cause.</summary>
    public static bool IsOfServer(Exception fault) =>
        fault is HttpRequestException or IOException or McpException or JsonException or TimeoutException or InvalidOperationException or McpRefusedException;

    /// <summary>What goes into the log: never the message, which may quote the server.</summary>
    public static string KindOf(Exception fault) => fault switch
    {
        McpRefusedException refused => refused.Message,
        _ when IsRefusedAddress(fault) => "its address is one that it may not have",
        HttpRequestException { StatusCode: { } status } => $"status {(int)status}",
        McpProtocolException protocol => protocol.ErrorCode.ToString(),
        _ => fault.GetType().Name,
    };

    /// <summary>Whether asking again could not help.</summary>
    public static bool IsFinal(Exception fault) =>
        fault is McpRefusedException || IsRefusedAddress(fault) || IsRefusal(fault);

    /// <summary>Whether the server says that it did not run the tool.</summary>
    public static bool IsRefusal(Exception fault) => fault switch
    {
        HttpRequestException { StatusCode: { } status } => (int)status is >= 300 and < 500,
        McpProtocolException { ErrorCode: McpErrorCode.InvalidParams or McpErrorCode.MethodNotFound or McpErrorCode.InvalidRequest or McpErrorCode.ParseError } => true,
        _ => false,
    };

    private static bool IsRefusedAddress(Exception? fault) =>
        fault is not null && (fault is AddressRefusedException || IsRefusedAddress(fault.InnerException));
}
