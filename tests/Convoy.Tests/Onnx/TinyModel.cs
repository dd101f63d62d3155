using System.Runtime.InteropServices;
using Convoy.ModelFiles;
using Convoy.Onnx;
using Convoy.Onnx.Format;
using Google.Protobuf;
using static Convoy.Onnx.Format.TensorProto.Types;

namespace Convoy.Tests.Onnx;

/// <summary>A small ONNX model, written down node by node; its constants are seeded random numbers.</summary>
internal sealed class TinyModel
{
    private int _seed = 20;

    public TinyModel(long operatorSet = 17, long irVersion = 8) => Proto = new ModelProto
    {
        IrVersion = irVersion,
        Graph = new GraphProto { Name = "tiny" },
        OpsetImport = { new OperatorSetIdProto { Domain = "", Version = operatorSet } },
    };

    public ModelProto Proto { get; }

    public byte[] Bytes => Proto.ToByteArray();

    /// <summary>An input; extents below 0 are left open, by the names "n0", "n1" and so on.</summary>
    public TinyModel Input(string name, params long[] extents)
    {
        Proto.Graph.Input.Add(Describe(name, extents));
        return this;
    }

    public TinyModel Output(params string[] names)
    {
        Proto.Graph.Output.AddRange(names.Select(name => new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new() { ElemType = (int)DataType.Float } },
        }));
        return this;
    }

    /// <summary>A node "OP a b -> c", each part apart by spaces; "_" is left out.</summary>
    public TinyModel Node(string text, params AttributeProto[] attributes)
    {
        string[] sides = text.Split(" -> ");
        string[] inputs = sides[0].Split(' ');
        var node = new NodeProto { OpType = inputs[0], Name = $"{inputs[0]}_{Proto.Graph.Node.Count}" };
        node.Input.AddRange(inputs.Skip(1).Select(input => input == "_" ? "" : input));
        node.Output.AddRange(sides[1].Split(' ').Select(output => output == "_" ? "" : output));
        node.Attribute.AddRange(attributes);
        Proto.Graph.Node.Add(node);
        return this;
    }

    /// <summary>Random numbers in [-1, 1).</summary>
    public TinyModel Random(string name, params int[] extents) => Reals(name, extents, TestData.Reals(extents.Aggregate(1, (count, extent) => count * extent), _seed++));

    /// <summary>Random numbers in [1, 2), as variances are.</summary>
    public TinyModel Positive(string name, params int[] extents) =>
        Reals(name, extents, [.. TestData.Reals(extents.Aggregate(1, (count, extent) => count * extent), _seed++).Select(value => 1 + Math.Abs(value))]);

    public TinyModel Reals(string name, int[] extents, params float[] values) => Add(new TensorProto
    {
        Name = name,
        DataType = (int)DataType.Float,
        Dims = { extents.Select(extent => (long)extent) },
        RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values.AsSpan())),
    });

    public TinyModel Integers(string name, params long[] values) => Add(new TensorProto { Name = name, DataType = (int)DataType.Int64, Dims = { values.Length }, Int64Data = { values } });

    public TinyModel Scalar(string name, float value) => Reals(name, [], value);

    public TinyModel Add(TensorProto tensor)
    {
        Proto.Graph.Initializer.Add(tensor);
        return this;
    }

    public ModelFile Load(ModelFileOptions? options = null) => OnnxModel.Load(new MemoryStream(Bytes), "tiny", options);

    private static ValueInfoProto Describe(string name, long[] extents)
    {
        var shape = new TensorShapeProto();
        shape.Dim.AddRange(extents.Select((extent, axis) => extent < 0
            ? new TensorShapeProto.Types.Dimension { DimParam = $"n{axis}" }
            : new TensorShapeProto.Types.Dimension { DimValue = extent }));
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new() { ElemType = (int)DataType.Float, Shape = shape } } };
    }
}
