using CommunityToolkit.HighPerformance;
using Convoy.Onnx.Format;
using Google.Protobuf;
using static Convoy.Onnx.Format.TensorProto.Types;

namespace Convoy.Onnx.Export;

/// <summary>Writes one layer: its operators, and what is a part of a layer here and an input of the operator in ONNX.</summary>
/// <param name="node">The layer in its network.</param>
/// <param name="graph">What is written to.</param>
/// <param name="names">Names that are taken.</param>
internal sealed class NodeWriter(Node node, GraphProto graph, ValueNames names)
{
    /// <summary>The layer in its network.</summary>
    public Node Node => node;

    /// <summary>The shape of what the layer reads.</summary>
    public Shape Input => node.InputShapes[0];

    /// <summary>The names of what the layer reads.</summary>
    public IReadOnlyList<string> Inputs { get; } = [.. node.Inputs.Select(input => input.Name)];

    /// <summary>The names of the layer's weights, in their order.</summary>
    public IReadOnlyList<string> Weights { get; } = [.. node.Parameters.Select(parameter => names.OfWeight(node.QualifiedName(parameter)))];

    /// <summary>Writes the operator whose result is the layer's.</summary>
    public void Write(string type, IEnumerable<string> inputs, params ReadOnlySpan<AttributeProto> attributes) => Add(type, node.Name, inputs, attributes);

    /// <summary>Writes the layer's only operator, over all that the layer reads and its weights.</summary>
    public void Write(string type, params ReadOnlySpan<AttributeProto> attributes) => Write(type, [.. Inputs, .. Weights], attributes);

    /// <summary>Writes an operator on the way, and returns the name of its result.</summary>
    public string Step(string type, string suffix, IEnumerable<string> inputs, params ReadOnlySpan<AttributeProto> attributes)
    {
        string name = names.Create($"{node.Name}.{suffix}");
        Add(type, name, inputs, attributes);
        return name;
    }

    /// <summary>Real numbers.</summary>
    public string Constant(string suffix, long[] extents, params float[] values) =>
        Add(suffix, new TensorProto { DataType = (int)DataType.Float, Dims = { extents }, RawData = UnsafeByteOperations.UnsafeWrap(values.AsMemory().AsBytes()) });

    /// <summary>Whole numbers in a row.</summary>
    public string Integers(string suffix, params long[] values) =>
        Add(suffix, new TensorProto { DataType = (int)DataType.Int64, Dims = { values.Length }, RawData = UnsafeByteOperations.UnsafeWrap(values.AsMemory().AsBytes()) });

    /// <summary>The name of a value as another shape; 0 stands for the number of images.</summary>
    public string Reshape(string value, string suffix, params long[] shape) => Step("Reshape", suffix, [value, Integers($"{suffix}.shape", [0, .. shape])]);

    private void Add(string type, string name, IEnumerable<string> inputs, ReadOnlySpan<AttributeProto> attributes)
    {
        var proto = new NodeProto { OpType = type, Name = name, Input = { inputs }, Output = { name } };
        proto.Attribute.AddRange(attributes.ToArray());
        graph.Node.Add(proto);
    }

    private string Add(string suffix, TensorProto tensor)
    {
        tensor.Name = names.Create($"{node.Name}.{suffix}");
        graph.Initializer.Add(tensor);
        return tensor.Name;
    }
}

/// <summary>The names of a graph's values: layers and weights have their own, what is between them takes those that are left.</summary>
internal sealed class ValueNames
{
    private readonly HashSet<string> _taken;
    private readonly Dictionary<string, string> _weights = new(StringComparer.Ordinal);

    /// <summary>Takes the names of layers and weights.</summary>
    /// <param name="network">The network.</param>
    /// <param name="outputNames">Other names that its outputs are to have.</param>
    /// <exception cref="ArgumentException">One of those cannot be taken.</exception>
    public ValueNames(Network network, IReadOnlyList<string> outputNames)
    {
        _taken = [.. network.Nodes.Select(node => node.Name)];
        _taken.UnionWith(outputNames);
        if (outputNames.Any(name => name.Length == 0 || name == network.Input.Name) || outputNames.Distinct(StringComparer.Ordinal).Count() != outputNames.Count)
        {
            throw new ArgumentException($"The outputs cannot be named '{string.Join("', '", outputNames)}': each needs a name of its own, which is not the input's.", nameof(outputNames));
        }

        foreach ((string name, _) in network.Parameters)
        {
            _weights[name] = Create(name);
        }
    }

    /// <summary>The name of a weight: its own, unless a layer has it.</summary>
    public string OfWeight(string name) => _weights[name];

    /// <summary>A name like the one wanted that nothing has yet.</summary>
    public string Create(string wanted)
    {
        string name = wanted;
        for (int i = 2; !_taken.Add(name); i++)
        {
            name = FormattableString.Invariant($"{wanted}_{i}");
        }

        return name;
    }
}
