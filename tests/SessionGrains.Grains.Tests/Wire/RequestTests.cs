using System.Reflection;
using Xunit;

namespace SessionGrains.Grains.Tests.Wire;

/// <summary>Orleans names a request that found no answer in its own log lines and exceptions, as when a silo dies: by its method, and not by what was asked.</summary>
public sealed class RequestTests
{
    [Fact]
    public void A_request_that_Orleans_names_says_nothing_of_its_arguments()
    {
        var said = 0;
        foreach (var type in new[] { typeof(IWorkflowGrain).Assembly, typeof(SiloHosting).Assembly }.SelectMany(assembly => assembly.GetTypes()).Where(type => type.IsSubclassOf(typeof(RequestBase))))
        {
            var request = (RequestBase)Activator.CreateInstance(type, nonPublic: true)!;
            var words = type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).Where(field => field.FieldType == typeof(string)).ToArray();
            Array.ForEach(words, field => field.SetValue(request, "somebody's words"));
            said += words.Length;

            Assert.DoesNotContain("words", request.ToString(), StringComparison.Ordinal);
            Assert.True(words.Length is 0 || IRequest.ToMethodCallString(request).Contains("words", StringComparison.Ordinal), $"{type} has its arguments elsewhere.");
        }

        Assert.True(said > 10);
    }
}
