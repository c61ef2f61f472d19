namespace SessionGrains.Grains.Tests.Definitions;

/// <summary>A folder on disk with definitions and tools, gone after the test.</summary>
internal sealed class TestFolder : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("sessiongrains-");

    public TestFolder()
    {
        Directory.CreateDirectory(Definitions);
        Directory.CreateDirectory(Tools);
    }

    public string Root => folder.FullName;

    public string Definitions => Path.Combine(Root, "definitions");

    public string Tools => Path.Combine(Root, "tools");

    public void Write(string file, string text) => File.WriteAllText(Path.Combine(Definitions, file), text);

    public void Delete(string file) => File.Delete(Path.Combine(Definitions, file));

    public void Dispose() => folder.Delete(recursive: true);
}
