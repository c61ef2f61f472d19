using System.Globalization;

namespace SessionGrains.Tools.Files;

/// <summary>A number in a configuration file: its name, its default and its bounds, both allowed.</summary>
/// <remarks>One declaration serves the reader, the shipped JSON Schema and the documentation, which tests compare with it.</remarks>
public sealed record NumberField(string Name, decimal Default, decimal Minimum, decimal Maximum, bool IsWhole = true)
{
    /// <summary>What is allowed, in words.</summary>
    public string Allowed => string.Create(
        CultureInfo.InvariantCulture, $"{(IsWhole ? "a whole number" : "a number")} from {Minimum} to {Maximum}");
}
