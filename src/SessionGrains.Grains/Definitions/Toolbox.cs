using SessionGrains.Tools;

namespace SessionGrains.Grains.Definitions;

/// <summary>The tools that can be run now, with everything that the model and the runner need to know of them.</summary>
internal sealed class Toolbox(DefinitionCatalog catalog, ToolListing listing)
{
    /// <summary>The tool of exactly that name; null when nobody provides it, or when its description and schema are not known.</summary>
    /// <remarks>A server whose tool is missing is asked for it then, so that the next one who looks may find it.</remarks>
    public ToolDeclaration? Find(string name)
    {
        var tool = Known(name);
        if (tool is null && catalog.FindTool(name) is not null)
        {
            listing.Knock();
        }

        return tool;
    }

    /// <summary>Whether a tool's description and schema are still to come: its server has not been heard of.</summary>
    public bool IsAwaited(string name) =>
        catalog.FindTool(name) is { Parameters: null, Target: ToolTarget.Mcp } declared && listing.IsAwaited(declared);

    /// <summary>What the model and the page are told that a tool does; empty where nobody has said it.</summary>
    public string DescriptionOf(string name) => Known(name)?.Description ?? "";

    private ToolDeclaration? Known(string name) => catalog.FindTool(name) switch
    {
        { Parameters: not null } whole => whole,
        { Target: ToolTarget.Mcp } declared => listing.Find(declared),
        _ => null,
    };
}
