using Convoy.Layers;

namespace Convoy.Graph;

/// <summary>
/// A validated directed acyclic graph of layers with one input and one or several outputs. Once it exists, its shapes fit, its names
/// are unique and its nodes stand in an order in which they can be computed.
/// </summary>
public sealed class Network
{
    private readonly Dictionary<string, Node> _byName;

    private Network(string name, ImmutableArray<Node> nodes, Node input, ImmutableArray<Node> outputs)
    {
        Name = name;
        Nodes = nodes;
        Input = input;
        Outputs = outputs;
        _byName = nodes.ToDictionary(node => node.Name, StringComparer.Ordinal);
    }

    /// <summary>The network's name: "alexnet".</summary>
    public string Name { get; }

    /// <summary>All nodes, each behind those it reads.</summary>
    public ImmutableArray<Node> Nodes { get; }

    /// <summary>Where images enter.</summary>
    public Node Input { get; }

    /// <summary>The nodes whose outputs a run returns, in the order they were named.</summary>
    public ImmutableArray<Node> Outputs { get; }

    /// <summary>The first of the <see cref="Outputs"/>: the only one of most networks.</summary>
    public Node Output => Outputs[0];

    /// <summary>How many numbers were trained for the network.</summary>
    public long ParameterCount => Nodes.Sum(node => node.ParameterCount);

    /// <summary>Multiply-adds for one image.</summary>
    public long MultiplyAdds => Nodes.Sum(node => node.MultiplyAdds);

    /// <summary>Every trained tensor as weights files name it ("conv1.weight"), with its shape, in network order.</summary>
    public IEnumerable<(string Name, Shape Shape)> Parameters =>
        from node in Nodes
        from parameter in node.Parameters
        select (node.QualifiedName(parameter), parameter.Shape);

    /// <summary>The node of a name.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public Node this[string name] => _byName.TryGetValue(name, out Node? node)
        ? node
        : throw new KeyNotFoundException($"The network '{Name}' has no layer named '{name}'.");

    /// <summary>Its name, what enters and what leaves: "lenet5: [1, 32, 32] to [10]".</summary>
    public override string ToString() => $"{Name}: {Input.Shape} to {string.Join(", ", Outputs.Select(output => output.Shape))}";

    /// <summary>
    /// Validates definitions, which may come in any order, as a network. The output is the node named, or else the one
    /// node that no other reads.
    /// </summary>
    /// <exception cref="NetworkException">The definitions make no network; the sentence names the layer at fault.</exception>
    public static Network Create(string name, IEnumerable<NodeDefinition> definitions, string? output = null) =>
        Create(name, definitions, output is null ? [] : [output]);

    /// <summary>Validates definitions as a network of several outputs; otherwise as the overload for one.</summary>
    /// <exception cref="NetworkException">The definitions make no network; the sentence names the layer at fault.</exception>
    public static Network Create(string name, IEnumerable<NodeDefinition> definitions, ReadOnlySpan<string> outputs)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(definitions);
        var byName = new Dictionary<string, NodeDefinition>(StringComparer.Ordinal);
        var inOrder = new List<NodeDefinition>();
        foreach (NodeDefinition definition in definitions)
        {
            CheckDefinition(name, definition);
            if (!byName.TryAdd(definition.Name, definition))
            {
                throw new NetworkException(
                    $"The network '{name}' has two layers named '{definition.Name}' ({byName[definition.Name].Layer.Op} and {definition.Layer.Op}); give each its own name.");
            }

            inOrder.Add(definition);
        }

        var nodes = new Dictionary<string, Node>(StringComparer.Ordinal);
        ImmutableArray<Node> sorted = [.. TopologicalOrder.Sort(name, inOrder, byName).Select(definition => Connect(definition, nodes))];
        return new Network(name, sorted, FindInput(name, sorted), FindOutputs(name, sorted, outputs));
    }

    private static void CheckDefinition(string network, NodeDefinition definition)
    {
        if (string.IsNullOrWhiteSpace(definition.Name))
        {
            throw new NetworkException($"The network '{network}' has a layer without a name ({definition.Layer.Op}); give it one.");
        }

        int inputs = definition.Inputs.Length;
        if (inputs < definition.Layer.MinInputs || inputs > definition.Layer.MaxInputs)
        {
            string atLeast = definition.Layer.MaxInputs == int.MaxValue ? "at least " : "";
            string plural = definition.Layer.MinInputs == 1 ? "" : "s";
            string given = inputs == 1 ? "1 is" : $"{inputs} are";
            throw new NetworkException(
                $"Layer '{definition.Name}': {definition.Layer.Op} takes {atLeast}{definition.Layer.MinInputs} input{plural}, but {given} given.");
        }
    }

    private static Node Connect(NodeDefinition definition, Dictionary<string, Node> nodes)
    {
        ImmutableArray<Node> inputs = [.. definition.Inputs.Select(input => nodes[input])];
        try
        {
            Shape[] shapes = [.. inputs.Select(input => input.Shape)];
            Shape output = definition.Layer.InferShape(shapes);
            if (output.Extents.Any(extent => extent > SlidingWindow.MaxExtent))
            {
                throw new LayerException($"its output {output} has an extent beyond {SlidingWindow.MaxExtent:N0}");
            }

            var node = new Node(definition.Name, definition.Layer, inputs, output);
            nodes.Add(definition.Name, node);
            return node;
        }
        catch (LayerException e)
        {
            throw new NetworkException($"Layer '{definition.Name}': {e.Message}.", e);
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or OverflowException)
        {
            throw new NetworkException($"Layer '{definition.Name}': its output, its weights or its work are too large to count.", e);
        }
    }

    private static Node FindInput(string network, ImmutableArray<Node> nodes)
    {
        Node[] inputs = [.. nodes.Where(node => node.Layer is Input)];
        return inputs.Length == 1
            ? inputs[0]
            : throw new NetworkException($"The network '{network}' has {inputs.Length} input layers, but must have exactly one.");
    }

    private static ImmutableArray<Node> FindOutputs(string network, ImmutableArray<Node> nodes, ReadOnlySpan<string> names)
    {
        if (names.IsEmpty)
        {
            return [FindEnd(network, nodes)];
        }

        var outputs = ImmutableArray.CreateBuilder<Node>(names.Length);
        foreach (string name in names)
        {
            Node output = nodes.FirstOrDefault(node => node.Name == name)
                ?? throw new NetworkException($"The network '{network}' has no layer named '{name}' to be its output.");
            outputs.Add(outputs.Contains(output)
                ? throw new NetworkException($"The network '{network}' names its output '{name}' twice; name each once.")
                : output);
        }

        return outputs.MoveToImmutable();
    }

    /// <summary>The one node that no other reads.</summary>
    private static Node FindEnd(string network, ImmutableArray<Node> nodes)
    {
        HashSet<Node> read = [.. nodes.SelectMany(node => node.Inputs)];
        Node[] ends = [.. nodes.Where(node => !read.Contains(node))];
        return ends.Length == 1
            ? ends[0]
            : throw new NetworkException(
                $"The network '{network}' ends in {ends.Length} layers ({string.Join(", ", ends.Select(end => $"'{end.Name}'"))}); name the one that is its output, or several.");
    }
}
