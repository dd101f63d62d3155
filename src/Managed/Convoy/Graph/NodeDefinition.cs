using Convoy.Layers;

namespace Convoy.Graph;

/// <summary>A node as it is asked for: its inputs are names, and may be defined before or after it.</summary>
public sealed record NodeDefinition(string Name, Layer Layer, ImmutableArray<string> Inputs)
{
    /// <summary>The names of the layers it reads, in order; none for an input.</summary>
    public ImmutableArray<string> Inputs { get; init; } = Inputs.IsDefault ? [] : Inputs;
}
