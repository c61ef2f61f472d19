using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Orleans.Storage;

namespace SessionGrains.Grains.Storage;

/// <summary>Stored state as plain JSON that no renaming of a class can orphan.</summary>
internal sealed class StateSerializer : IGrainStorageSerializer
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
        AllowOutOfOrderMetadataProperties = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { RequireDiscriminators } },
    };

    public BinaryData Serialize<T>(T? input) => new(JsonSerializer.SerializeToUtf8Bytes(input, Options));

    /// <exception cref="UnreadableStateException">The next version wrote what this one does not understand, or the row is damaged.</exception>
    public T Deserialize<T>(BinaryData input)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(input.ToMemory().Span, Options)!;
        }
        catch (JsonException unknown)
        {
            throw new UnreadableStateException(typeof(T).Name, unknown.Path);
        }
    }

    // A derived type without one would be written as its base and lose itself when read back.
    private static void RequireDiscriminators(JsonTypeInfo type)
    {
        if (type.PolymorphismOptions?.DerivedTypes.FirstOrDefault(derived => derived.TypeDiscriminator is not string) is { DerivedType: { } nameless })
        {
            throw new InvalidOperationException($"{nameless.Name} is stored without a discriminator of its own.");
        }
    }
}

/// <summary>A stored record holds what this version does not understand. It is left as it is: another silo may.</summary>
internal sealed class UnreadableStateException(string record, string? path) : Exception($"A stored {record} holds at {path} what this version does not understand.");
