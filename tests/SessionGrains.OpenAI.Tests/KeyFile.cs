namespace SessionGrains.OpenAI.Tests;

/// <summary>The file that holds the server's key, as somebody who rotates it writes it.</summary>
internal sealed class KeyFile : IDisposable
{
    public KeyFile(string key) => Write(key);

    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"sessiongrains-key-{Guid.NewGuid():N}");

    /// <summary>Writes the key, or removes the file.</summary>
    public void Write(string? key)
    {
        if (key is null)
        {
            File.Delete(Path);
            return;
        }

        File.WriteAllText(Path, key);
    }

    public void Dispose() => File.Delete(Path);
}
