using System.Reflection;

namespace SessionGrains.Bench;

/// <summary>Where things are that this program is built from.</summary>
internal static class Repository
{
    public static string Folder { get; } = Path.GetFullPath(
        typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(one => one.Key == "RepositoryFolder").Value!);
}
