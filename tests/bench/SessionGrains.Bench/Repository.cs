using System.Reflection;

namespace SessionGrains.Bench;

/// <summary>Where things are that this program is built from.</summary>
internal static class Repository
{
    public static string Folder { get; } = Path.GetFullPath(
        typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(one => one.Key == "RepositoryFolder").Value!);

    /// <summary>The program of another project, built as this one was.</summary>
    public static string Program(string project)
    {
        var here = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        return Path.Combine(here.Parent!.Parent!.FullName, $"SessionGrains.{project}", here.Name, $"SessionGrains.{project}.dll");
    }
}
