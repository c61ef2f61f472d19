namespace SessionGrains.Testing;

/// <summary>Finds files of this repository from where the tests run.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot(AppContext.BaseDirectory);

    public static string Read(params string[] path) => File.ReadAllText(Path.Combine([Root, .. path]));

    private static string FindRoot(string folder) =>
        File.Exists(Path.Combine(folder, "SessionGrains.sln")) ? folder : FindRoot(Path.GetDirectoryName(folder)!);
}
