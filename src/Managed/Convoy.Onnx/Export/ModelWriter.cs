using CommunityToolkit.HighPerformance;
using Convoy.ModelFiles;
using Convoy.Onnx.Format;
using Google.Protobuf;

namespace Convoy.Onnx.Export;

/// <summary>
/// Writes a network with its weights as an ONNX model: any number of images of shape [N, C, H, W] in, their scores out. Values are
/// named as the layers that compute them, and weights as weights files name them.
/// </summary>
internal static class ModelWriter
{
    // The oldest versions of the operators that say all our layers say: dilated average pooling and GELU have words from later ones on,
    // and only they ask for those.
    private const long OperatorSet = 17;
    private const long OperatorSetOfDilatedMeans = 19;
    private const long OperatorSetOfGelu = 20;
    private const long IrVersion = 8;
    private const long IrVersionOfNewOperators = 9;

    // What a serialized message may have, less than what all but weights take.
    private const long MostWeightBytes = int.MaxValue - (16 << 20);

    private const string BatchName = "batch";

    /// <summary>Makes the message.</summary>
    /// <exception cref="WeightException">The weights do not fit the network.</exception>
    /// <exception cref="ModelFileException">It would be larger than such a file may be.</exception>
    /// <exception cref="ArgumentException">The names are not one for each output, or one cannot be taken.</exception>
    public static ModelProto Create(
        Network network, WeightSet weights, IReadOnlyDictionary<string, string>? metadata, IReadOnlyList<string>? outputNames = null)
    {
        CheckSize(network);
        weights.Validate(network);
        var names = new ValueNames(network, outputNames ?? []);
        var graph = new GraphProto { Name = network.Name };
        graph.Input.Add(DescribeValue(network.Input));
        foreach (Node node in network.Nodes)
        {
            graph.Initializer.AddRange(node.Parameters.Select(parameter => ConvertWeight(node, parameter, weights, names)));
            LayerWriter.Write(new NodeWriter(node, graph, names));
        }

        graph.Output.AddRange(network.Outputs.Select(output => DescribeOutput(output, graph, names)));
        RenameOutputs(graph, outputNames, names);
        long operatorSet = network.Nodes.Max(node => FindOperatorSet(node.Layer));
        var model = new ModelProto
        {
            IrVersion = operatorSet == OperatorSet ? IrVersion : IrVersionOfNewOperators,
            ProducerName = "convoy",
            Graph = graph,
            OpsetImport = { new OperatorSetIdProto { Domain = "", Version = operatorSet } },
        };
        model.MetadataProps.AddRange((metadata ?? new Dictionary<string, string>()).Select(entry => new StringStringEntryProto { Key = entry.Key, Value = entry.Value }));
        return model;
    }

    private static long FindOperatorSet(Layer layer) => layer switch
    {
        ActivationLayer { Function.Kind: ActivationKind.Gelu or ActivationKind.GeluTanh } => OperatorSetOfGelu,
        Pool2D { Kind: PoolKind.Average } pool when pool.Window.Dilation != 1 => OperatorSetOfDilatedMeans,
        _ => OperatorSet,
    };

    private static void CheckSize(Network network)
    {
        if (network.ParameterCount > MostWeightBytes / sizeof(float))
        {
            throw new ModelFileException(FormattableString.Invariant(
                $"The network '{network.Name}' has {network.ParameterCount:N0} parameters, too many for one ONNX file of at most 2 GiB; save its weights as safetensors instead."));
        }
    }

    /// <summary>A network whose input is an output hands it on under another name.</summary>
    private static ValueInfoProto DescribeOutput(Node node, GraphProto graph, ValueNames names)
    {
        ValueInfoProto output = DescribeValue(node);
        if (node.Layer is Input)
        {
            output.Name = names.Create($"{node.Name}.output");
            graph.Node.Add(new NodeProto { OpType = "Identity", Name = output.Name, Input = { node.Name }, Output = { output.Name } });
        }

        return output;
    }

    /// <summary>The layers keep their names, and so do their weights: only values are called otherwise. A value that has an output's new name gives it up.</summary>
    private static void RenameOutputs(GraphProto graph, IReadOnlyList<string>? outputNames, ValueNames names)
    {
        if (outputNames is null)
        {
            return;
        }

        if (outputNames.Count != graph.Output.Count)
        {
            throw new ArgumentException($"The network has {graph.Output.Count:N0} outputs, but {outputNames.Count:N0} names are given.", nameof(outputNames));
        }

        Dictionary<string, string> renamed = graph.Output.Zip(outputNames).ToDictionary(each => each.First.Name, each => each.Second, StringComparer.Ordinal);
        foreach (string name in outputNames.Where(name => !renamed.ContainsKey(name)))
        {
            renamed[name] = names.Create($"{name}.inner");
        }

        foreach (NodeProto node in graph.Node)
        {
            Rename(node.Input);
            Rename(node.Output);
        }

        foreach (ValueInfoProto output in graph.Output)
        {
            output.Name = renamed[output.Name];
        }

        void Rename(IList<string> values)
        {
            for (int i = 0; i < values.Count; i++)
            {
                values[i] = renamed.GetValueOrDefault(values[i], values[i]);
            }
        }
    }

    private static ValueInfoProto DescribeValue(Node node)
    {
        var shape = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dimension { DimParam = BatchName } } };
        shape.Dim.AddRange(node.Shape.Extents.Select(extent => new TensorShapeProto.Types.Dimension { DimValue = extent }));
        return new ValueInfoProto
        {
            Name = node.Name,
            Type = new TypeProto { TensorType = new() { ElemType = (int)TensorProto.Types.DataType.Float, Shape = shape } },
        };
    }

    private static TensorProto ConvertWeight(Node node, LayerParameter parameter, WeightSet weights, ValueNames names)
    {
        string name = node.QualifiedName(parameter);
        if (!weights.TryGet(name, out WeightTensor? tensor))
        {
            throw new WeightException($"The weights of {weights.Source} have no tensor {WeightException.Quote(name)}.");
        }

        float[] values = new float[tensor.Shape.Count];
        tensor.CopyTo(values);
        var proto = new TensorProto
        {
            Name = names.OfWeight(name),
            DataType = (int)TensorProto.Types.DataType.Float,
            RawData = UnsafeByteOperations.UnsafeWrap(values.AsMemory().AsBytes()),
        };
        proto.Dims.AddRange(tensor.Shape.Extents.Select(extent => (long)extent));

        // ONNX broadcasts slopes as it does any operand: from the last extent on.
        proto.Dims.AddRange(node.Layer is ActivationLayer ? LayerWriter.PixelExtents(node.Shape) : []);
        return proto;
    }
}
