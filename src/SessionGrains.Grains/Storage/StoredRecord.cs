using System.Text.Json;
using System.Text.Json.Serialization;

namespace SessionGrains.Grains.Storage;

/// <summary>What is stored, also by silos of the next version: what they added is kept when this version writes the record again.</summary>
internal abstract record StoredRecord
{
    /// <summary>Members that this version does not know; null for none. Nobody reads them, and nobody changes them.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Later { get; init; }
}
