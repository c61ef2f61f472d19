using System.Collections.Immutable;
using System.Security;
using System.Text;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SessionGrains.Tools.Files;

namespace SessionGrains.Grains.Definitions;

/// <summary>Reads the files of both folders. A folder must exist if it is configured or was there at first; a default one may be missing.</summary>
internal sealed class DefinitionFolders
{
    public const string Pattern = "*.json";

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly bool needsDefinitions;
    private readonly bool needsTools;

    public DefinitionFolders(IOptions<DefinitionOptions> options, IHostEnvironment host)
    {
        Definitions = Locate(options.Value.Definitions, "definitions", host);
        Tools = Locate(options.Value.Tools, "tools", host);
        needsDefinitions = options.Value.Definitions is not null || Directory.Exists(Definitions);
        needsTools = options.Value.Tools is not null || Directory.Exists(Tools);
    }

    public string Definitions { get; }

    public string Tools { get; }

    public DefinitionFiles Read()
    {
        var faults = ImmutableArray.CreateBuilder<FileFault>();
        var definitions = Read(Definitions, needsDefinitions, faults);
        var tools = Read(Tools, needsTools, faults);
        return new(definitions, tools, faults.ToImmutable());
    }

    // "Beside the host" is the content root where one is laid out, else where the program is.
    private static string Locate(string? configured, string name, IHostEnvironment host)
    {
        if (configured is not null)
        {
            return Path.GetFullPath(configured);
        }

        var besideContent = Path.Combine(host.ContentRootPath, name);
        return Directory.Exists(besideContent) ? besideContent : Path.Combine(AppContext.BaseDirectory, name);
    }

    private static ImmutableSortedDictionary<string, string> Read(string folder, bool mustExist, ImmutableArray<FileFault>.Builder faults)
    {
        var texts = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        if (!Directory.Exists(folder))
        {
            if (mustExist)
            {
                faults.Add(new(folder, JsonPath.Root, "does not exist", "a folder that can be read"));
            }

            return texts.ToImmutable();
        }

        try
        {
            foreach (var path in Directory.EnumerateFiles(folder, Pattern))
            {
                ReadFile(path, Path.Combine(Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)), Path.GetFileName(path)), texts, faults);
            }
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException or SecurityException)
        {
            faults.Add(new(folder, JsonPath.Root, "cannot be listed", "a folder that can be read"));
        }

        return texts.ToImmutable();
    }

    private static void ReadFile(
        string path, string file, ImmutableSortedDictionary<string, string>.Builder texts, ImmutableArray<FileFault>.Builder faults)
    {
        try
        {
            texts[file] = File.ReadAllText(path, StrictUtf8);
        }
        catch (FileNotFoundException)
        {
            // It was removed between listing and reading, so it is gone like any other.
        }
        catch (DecoderFallbackException)
        {
            faults.Add(new(file, JsonPath.Root, "is no UTF-8", "text in UTF-8"));
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException or SecurityException)
        {
            faults.Add(new(file, JsonPath.Root, "cannot be read", "a file that this process may read"));
        }
    }
}
