using Convoy.Layers;

namespace Convoy.Weights.Fitting;

/// <summary>One trained tensor of a network.</summary>
internal sealed record NeededTensor(Node Node, LayerParameter Parameter)
{
    /// <summary>Its name in the network: "conv1.weight".</summary>
    public string Name { get; } = Node.QualifiedName(Parameter);

    public Shape Shape => Parameter.Shape;

    /// <summary>False where the weights may lack it.</summary>
    public bool IsRequired => Parameter.Default is null;

    /// <summary>All of a network's, in its order.</summary>
    public static ImmutableArray<NeededTensor> Of(Network network) =>
        [.. from node in network.Nodes from parameter in node.Parameters select new NeededTensor(node, parameter)];
}
