using SessionGrains.Tools;

namespace SessionGrains.Grains.Definitions;

/// <summary>The tools that can be run now, with everything that the model and the runner need to know of them.</summary>
internal sealed class Toolbox(DefinitionCatalog catalog)
{
    /// <summary>The tool of that name; null when nobody provides it, or when its description and schema are not known.</summary>
    public ToolDeclaration? Find(string name) => catalog.FindTool(name) is { Parameters: not null } tool ? tool : null;
}
