using Convoy.Layers;

namespace Convoy.ModelFiles;

/// <summary>A network in the words of its JSON.</summary>
internal sealed record NetworkGraph(string Name, ImmutableArray<NetworkGraphNode> Nodes, ImmutableArray<string> Outputs)
{
    public static NetworkGraph Of(Network network) => new(
        network.Name,
        [.. network.Nodes.Select(node => new NetworkGraphNode(node.Name, [.. node.Inputs.Select(input => input.Name)], node.Layer))],
        [.. network.Outputs.Select(output => output.Name)]);

    /// <summary>Validates the network.</summary>
    /// <exception cref="NetworkException">It is impossible.</exception>
    public Network ToNetwork()
    {
        if (string.IsNullOrWhiteSpace(Name))
        {
            throw new NetworkException("The network has no name; give it one.");
        }

        // The serializer lets null stand among an array's elements, and for an array.
        if (Nodes.IsDefault || Outputs.IsDefault || Nodes.Any(node => node is null || node.Inputs.IsDefault || node.Inputs.Contains(null!)) || Outputs.Contains(null!))
        {
            throw new NetworkException($"The network '{Name}' has null for a node, for a name or for a list of them; leave it out.");
        }

        return Network.Create(Name, Nodes.Select(node => new NodeDefinition(node.Name, node.Layer, node.Inputs)), Outputs.AsSpan());
    }
}

/// <summary>A node in the words of a network's JSON.</summary>
internal sealed record NetworkGraphNode(string Name, ImmutableArray<string> Inputs, Layer Layer);
