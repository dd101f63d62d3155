using System.Collections.Immutable;
using Convoy.Layers;

namespace Convoy.Graph;

/// <summary>A node as it is asked for: its inputs are names, and may be defined before or after it.</summary>
public sealed record NodeDefinition(string Name, Layer Layer, ImmutableArray<string> Inputs);
