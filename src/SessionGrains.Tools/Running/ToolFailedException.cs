namespace SessionGrains.Tools.Running;

/// <summary>Thrown by a tool in code that had no effect; its message is told to the model.</summary>
/// <remarks>Any other exception of a tool that changes something leaves open whether it did.</remarks>
public sealed class ToolFailedException(string message) : Exception(message);
