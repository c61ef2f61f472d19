using System.Collections.Immutable;
using SessionGrains.Tools.Files;

namespace SessionGrains.Grains.Definitions;

/// <summary>Stops the host: what it would run is not what somebody meant. Its message is one line per fault.</summary>
public sealed class DefinitionsException(ImmutableArray<FileFault> faults)
    : Exception(string.Join('\n', faults.Select(fault => fault.ToString())))
{
    public ImmutableArray<FileFault> Faults => faults;
}
