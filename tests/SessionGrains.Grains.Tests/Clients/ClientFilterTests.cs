using System.Reflection;
using SessionGrains.Grains.Clients;
using Xunit;

namespace SessionGrains.Grains.Tests.Clients;

/// <summary>Who may call what: the list of grain methods that are open to clients.</summary>
public sealed class ClientFilterTests
{
    public static TheoryData<string> Methods => [.. Grains(isPublic: true).SelectMany(grain => grain.GetMethods().Select(method => $"{grain.Name}.{method.Name}"))];

    [Theory, MemberData(nameof(Methods))]
    public void Every_method_of_a_public_grain_interface_says_whom_it_is_for(string method)
    {
        var found = Method(method);

        Assert.True(
            found.IsDefined(typeof(ForClientsAttribute)) != found.IsDefined(typeof(ForSilosAttribute)),
            $"{method} must be either [ForClients] or [ForSilos].");
    }

    [Fact]
    public void What_only_silos_ask_each_other_is_closed_to_clients()
    {
        Assert.False(ClientFilter.IsForClients(Method("IWorkflowGrain.Knock")));
        Assert.False(ClientFilter.IsForClients(Method("IWorkflowGrain.Supersede")));
        Assert.All(Grains(isPublic: false).SelectMany(grain => grain.GetMethods()), method => Assert.False(ClientFilter.IsForClients(method), method.Name));
        Assert.NotEmpty(Grains(isPublic: false));
    }

    [Fact]
    public void What_Orleans_offers_beside_our_grains_is_closed_to_clients()
    {
        Assert.All(typeof(IManagementGrain).GetMethods(), method => Assert.False(ClientFilter.IsForClients(method), method.Name));
        Assert.All(typeof(IRemindable).GetMethods(), method => Assert.False(ClientFilter.IsForClients(method), method.Name));
    }

    [Theory, InlineData("Orleans.Runtime.IClusterManifestSystemTarget"), InlineData("Orleans.Runtime.IGrainCallCancellationExtension")]
    public void What_Orleans_own_client_needs_is_open_and_still_has_that_name(string name)
    {
        var needed = typeof(IClusterClient).Assembly.GetType(name);

        Assert.NotNull(needed);
        Assert.All(needed.GetMethods(), method => Assert.True(ClientFilter.IsForClients(method), method.Name));
    }

    [Fact]
    public void A_grain_a_silo_and_its_services_are_inside_and_a_client_is_not()
    {
        Assert.True(ClientFilter.IsFromSilo(GrainId.Create("workflow", "wf_1")));
        Assert.True(ClientFilter.IsFromSilo(GrainId.Create("sys.svc.user.reminders", "127.0.0.1:11111@1")));
        Assert.True(ClientFilter.IsFromSilo(GrainId.Create("sys.client", "hosted-127.0.0.1:11111@1")));
        Assert.False(ClientFilter.IsFromSilo(GrainId.Create("sys.client", "3f2504e04f8941d39a0c0305e82c3301")));
    }

    [Fact]
    public void A_call_that_names_nobody_is_from_outside() => Assert.False(ClientFilter.IsFromSilo(null));

    private static IEnumerable<Type> Grains(bool isPublic) => new[] { typeof(IWorkflowGrain).Assembly, typeof(ClientFilter).Assembly }
        .SelectMany(assembly => assembly.GetTypes())
        .Where(type => type.IsInterface && typeof(IGrain).IsAssignableFrom(type) && type.IsPublic == isPublic);

    private static MethodInfo Method(string name) =>
        Grains(isPublic: true).Single(grain => name.StartsWith($"{grain.Name}.", StringComparison.Ordinal)).GetMethod(name.Split('.')[1])!;
}
