using System.Reflection;
using System.Text;
using SessionGrains.Grains.Tests.Definitions;
using Xunit;

namespace SessionGrains.Grains.Tests.Wire;

/// <summary>What silos and APIs of neighbouring versions say to each other while a cluster is upgraded: members by their number, methods by their alias.</summary>
/// <remarks>
/// The file beside this test is that language. A line may be added to it. A line that changes or goes breaks calls between two versions:
/// then the old thing stays beside the new one for a release.
/// </remarks>
public sealed class WireTests
{
    private static readonly Assembly[] Ours = [typeof(IWorkflowGrain).Assembly, typeof(SiloHosting).Assembly, typeof(Tools.ToolEffect).Assembly];

    [Fact]
    public void Whatever_crosses_a_process_is_in_the_file_and_as_it_was()
    {
        var (file, found) = (Repository.Read("tests", "SessionGrains.Grains.Tests", "Wire", "wire.txt"), Describe());

        var gone = file.Split('\n').Except(found.Split('\n')).ToArray();
        Assert.True(gone.Length is 0, $"These lines were promised and are not true any more, so a rolling upgrade would break:\n{string.Join('\n', gone)}");
        Assert.True(file == found, $"What crosses a process has grown. If that is meant, this is the new wire.txt:\n{found}");
    }

    [Fact]
    public void Every_member_that_crosses_a_process_has_a_number_of_its_own() => Assert.All(Serialized, type =>
    {
        Assert.All(Members(type), member => Assert.True(member.Id is not null, $"{type}.{member.Name} has no number, and would be lost on the way."));
        Assert.Distinct(Members(type).Select(member => member.Id));
    });

    private static IEnumerable<Type> Serialized => Ours
        .SelectMany(assembly => assembly.GetTypes())
        .Where(type => type.IsDefined(typeof(GenerateSerializerAttribute), inherit: false) && !type.IsEnum)
        .OrderBy(type => type.FullName, StringComparer.Ordinal);

    private static IEnumerable<Type> Interfaces => Ours
        .SelectMany(assembly => assembly.GetTypes())
        .Where(type => type.IsInterface && typeof(IAddressable).IsAssignableFrom(type))
        .OrderBy(type => type.FullName, StringComparer.Ordinal);

    private static string Describe()
    {
        var text = new StringBuilder();
        foreach (var grain in Interfaces)
        {
            foreach (var method in grain.GetMethods().OrderBy(method => method.Name, StringComparer.Ordinal))
            {
                var parameters = method.GetParameters().Where(parameter => parameter.ParameterType != typeof(CancellationToken)).Select(parameter => Name(parameter.ParameterType));
                text.Append(null, $"{Alias(grain)}.{Alias(method)}({string.Join(", ", parameters)}): {Name(method.ReturnType)}\n");
            }
        }

        foreach (var type in Serialized)
        {
            text.Append(null, $"{Alias(type)}{(type.BaseType is { } parent && Serialized.Contains(Open(parent)) ? $" : {Name(parent)}" : "")}\n");
            foreach (var member in Members(type).OrderBy(member => member.Id))
            {
                text.Append(null, $"{Alias(type)} {member.Id} {Name(member.Type)}\n");
            }
        }

        foreach (var type in Serialized.SelectMany(Members).Select(member => Nullable.GetUnderlyingType(member.Type) ?? member.Type)
            .Concat(Interfaces.SelectMany(grain => grain.GetMethods()).SelectMany(method => method.GetParameters()).Select(parameter => parameter.ParameterType))
            .Where(type => type.IsEnum).Distinct().OrderBy(type => type.Name, StringComparer.Ordinal))
        {
            foreach (var value in Enum.GetValues(type))
            {
                text.Append(null, $"{type.Name} {Convert.ToInt64(value, null)} {value}\n");
            }
        }

        return text.ToString();
    }

    private static IEnumerable<(uint? Id, string Name, Type Type)> Members(Type type)
    {
        const BindingFlags own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        return type.GetProperties(own)
            .Where(property => property.IsDefined(typeof(IdAttribute)) || IsStored(type, property, own))
            .Select(property => (property.GetCustomAttribute<IdAttribute>()?.Id, property.Name, property.PropertyType))
            .Concat(type.GetFields(own).Where(field => field.IsDefined(typeof(IdAttribute)))
                .Select(field => ((uint?)field.GetCustomAttribute<IdAttribute>()!.Id, field.Name, field.FieldType)));
    }

    /// <summary>A property that holds a value of its own, and so would be lost on the way without a number.</summary>
    private static bool IsStored(Type type, PropertyInfo property, BindingFlags own) =>
        type.GetField($"<{property.Name}>k__BackingField", own) is not null && !property.IsDefined(typeof(NonSerializedAttribute));

    private static Type Open(Type type) => type.IsGenericType ? type.GetGenericTypeDefinition() : type;

    /// <summary>The name on the wire: without an alias it is the class's own, and renaming that is a change as well.</summary>
    private static string Alias(MemberInfo member) => member.GetCustomAttribute<AliasAttribute>(inherit: false)?.Alias ?? (member as Type)?.FullName ?? member.Name;

    private static string Name(Type type) => type switch
    {
        { IsGenericType: true } => $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>",
        _ when type.IsDefined(typeof(AliasAttribute), inherit: false) => Alias(type),
        _ => type.Name,
    };
}
