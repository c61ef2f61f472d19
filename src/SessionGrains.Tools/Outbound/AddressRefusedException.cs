namespace SessionGrains.Tools.Outbound;

/// <summary>A name led to an address that no tool may be at; nothing was sent there.</summary>
internal sealed class AddressRefusedException() : IOException("The address is one that this tool may not have.");
