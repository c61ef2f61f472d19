using System.Diagnostics;

namespace SessionGrains.Chaos.Stages;

/// <summary>A file system in memory that is small enough to be filled. Needs root.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private const int Megabytes = 256;

    private SmallDisk(string folder) => Folder = folder;

    public string Folder { get; }

    private string Ballast => Path.Combine(Folder, "ballast");

    public static async Task<SmallDisk> Mount()
    {
        var folder = Directory.CreateTempSubdirectory("sessiongrains-disk-").FullName;
        await Shell.Run("mount", "-t", "tmpfs", "-o", $"size={Megabytes}m,mode=1777", "tmpfs", folder);
        return new(folder);
    }

    /// <summary>Leaves no room for another byte.</summary>
    public async Task Fill()
    {
        var zeros = new byte[64 * 1024];
        await using var file = new FileStream(Ballast, FileMode.Create, FileAccess.Write, FileShare.None, 0);
        try
        {
            while (true)
            {
                await file.WriteAsync(zeros);
            }
        }
        catch (IOException)
        {
            // That is full.
        }
    }

    public void Free() => File.Delete(Ballast);

    public async ValueTask DisposeAsync()
    {
        await Shell.Run("umount", "-l", Folder);
        Directory.Delete(Folder);
    }
}

/// <summary>Runs a command to its end.</summary>
internal static class Shell
{
    public static async Task Run(params string[] words)
    {
        using var process = Process.Start(new ProcessStartInfo(words[0], words[1..]) { RedirectStandardError = true })!;
        var said = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode is not 0)
        {
            throw new InvalidOperationException($"{string.Join(' ', words)} failed with {process.ExitCode}: {said}");
        }
    }
}
