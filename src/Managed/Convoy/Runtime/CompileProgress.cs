namespace Convoy.Runtime;

/// <summary>How far a network is compiled.</summary>
/// <param name="Done">Regions that are prepared: their algorithms chosen, their weights packed.</param>
/// <param name="Count">Regions in all.</param>
public readonly record struct CompileProgress(int Done, int Count);
