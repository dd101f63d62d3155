using System.Runtime.InteropServices;
using Convoy.Bench.Onnx;

namespace Convoy.Tests.Conformance;

/// <summary>
/// Says a published node in layers of ours. Where an operator has an axis, the extents before it count images and those
/// behind it pixels, so that tensors of any rank can be used.
/// </summary>
internal sealed class NodeTranslation
{
    private readonly PublishedCase _published;
    private readonly OnnxAttributes _attributes;

    private NodeTranslation(PublishedCase published)
    {
        _published = published;
        _attributes = new OnnxAttributes(published.Node);
    }

    private string Operator => _published.Node.OpType;

    private OnnxTensor[] Inputs => field ??= [.. _published.Inputs.Select(DecodeInput)];

    private OnnxTensor Data => Inputs[0];

    private float[] Expected => field ??= OnnxTensor.Decode(_published.Outputs[0]).Values;

    /// <summary>Translates a case.</summary>
    /// <exception cref="OutsideGraphException">The graph cannot say it; the message tells what it lacks.</exception>
    public static LayerProblem Translate(PublishedCase published)
    {
        if (published.Outputs.Length != 1)
        {
            throw new OutsideGraphException("a second output (indices or a mask)");
        }

        var translation = new NodeTranslation(published);
        LayerProblem problem = translation.Translate();
        string[] unread = [.. translation._attributes.Unread];
        return unread.Length == 0 ? problem : throw new OutsideGraphException($"the attribute '{unread[0]}'");
    }

    private LayerProblem Translate() => Operator switch
    {
        "Add" or "Div" or "Max" or "Min" or "Mul" or "Sub" or "Sum" => Binary(),
        "AveragePool" => Window(AveragePool()),
        "BatchNormalization" => BatchNormalization(),
        "Clip" => Clip(),
        "Concat" => Concat(),
        "Conv" => Convolution(),
        "DepthToSpace" => Window(new DepthToSpace((int)_attributes.Int("blocksize", 0), _attributes.Text("mode", "DCR") == "CRD")),
        "Dropout" => Dropout(),
        "Flatten" => Flatten(),
        "Gemm" or "MatMul" => MatrixProduct(),
        "Elu" => Pointwise(Activation.Elu(_attributes.Float("alpha", 1))),
        "Gelu" => Pointwise(_attributes.Text("approximate", "none") == "tanh" ? Activation.GeluTanh : Activation.Gelu),
        "GlobalAveragePool" => Window(new AdaptivePool2D(PoolKind.Average, 1)),
        "GlobalMaxPool" => Window(new AdaptivePool2D(PoolKind.Max, 1)),
        "HardSigmoid" => Pointwise(Activation.HardSigmoid(_attributes.Float("alpha", 0.2f), _attributes.Float("beta", 0.5f))),
        "HardSwish" => Pointwise(Activation.HardSwish),
        "Identity" => Pointwise(Activation.None),
        "LeakyRelu" => Pointwise(Activation.LeakyRelu(_attributes.Float("alpha", 0.01f))),
        "LogSoftmax" => Softmax(new LogSoftmax()),
        "LRN" => Window(LocalResponseNormalization()),
        "MaxPool" => Window(MaxPool()),
        "Pad" => Pad(),
        "PRelu" => ParametricRelu(),
        "Relu" => Pointwise(Activation.Relu),
        "Selu" => Pointwise(Activation.Selu(_attributes.Float("alpha", 1.67326319f), _attributes.Float("gamma", 1.05070102f))),
        "Sigmoid" => Pointwise(Activation.Sigmoid),
        "Softmax" => Softmax(new Softmax()),
        "Softplus" => Pointwise(Activation.Softplus),
        "Tanh" => Pointwise(Activation.Tanh),
        _ => throw new OutsideGraphException($"the operator {Operator}"),
    };

    private LayerProblem Pointwise(Activation function) => Pointwise(new ActivationLayer(function));

    private LayerProblem Pointwise(Layer layer) =>
        LayerProblem.Create(layer, Shape.Vector(Data.CountAfter(0)), Data.Values, Expected);

    private LayerProblem Window(Layer layer) => LayerProblem.Create(layer, ImageShape(), Data.Values, Expected);

    private Shape ImageShape() => Data.Rank == 4
        ? Shape.Image(Data.Extents[1], Data.Extents[2], Data.Extents[3])
        : throw new OutsideGraphException($"a {Operator} over a tensor of rank {Data.Rank}");

    private LayerProblem Convolution()
    {
        OnnxTensor weight = Inputs[1];
        Extent2D kernel = new(weight.Extents[2], weight.Extents[3]);
        Assert.That(Pair("kernel_shape", kernel.Height), Is.EqualTo(kernel));
        var layer = new Convolution2D(
            weight.Extents[0],
            kernel,
            Pair("strides", 1),
            ReadPadding(),
            Pair("dilations", 1),
            (int)_attributes.Int("group", 1),
            HasBias: Inputs.Length > 2);
        (string, Shape, float[])[] weights = [("weight", new Shape(weight.Extents), weight.Values)];
        return LayerProblem.Create(
            layer,
            ImageShape(),
            Data.Values,
            Expected,
            layer.HasBias ? [.. weights, ("bias", Shape.Vector(layer.Filters), Inputs[2].Values)] : weights);
    }

    private Pool2D MaxPool()
    {
        RefuseDilation();
        return new Pool2D(PoolKind.Max, Pair("kernel_shape", 0), Pair("strides", 1), ReadPadding(), _attributes.Flag("ceil_mode"));
    }

    private Pool2D AveragePool()
    {
        RefuseDilation();
        return new Pool2D(
            PoolKind.Average,
            Pair("kernel_shape", 0),
            Pair("strides", 1),
            ReadPadding(),
            _attributes.Flag("ceil_mode"),
            CountPadding: _attributes.Flag("count_include_pad"));
    }

    private LocalResponseNormalization LocalResponseNormalization() => new(
        (int)_attributes.Int("size", 0),
        _attributes.Float("alpha", 1e-4f),
        _attributes.Float("beta", 0.75f),
        _attributes.Float("bias", 1));

    private LayerProblem BatchNormalization()
    {
        Shape channels = Shape.Vector(Data.Extents[1]);
        return LayerProblem.Create(
            new BatchNormalization(_attributes.Float("epsilon", 1e-5f)),
            ImageShape(),
            Data.Values,
            Expected,
            ("weight", channels, Inputs[1].Values),
            ("bias", channels, Inputs[2].Values),
            ("running_mean", channels, Inputs[3].Values),
            ("running_var", channels, Inputs[4].Values));
    }

    private LayerProblem Dropout()
    {
        // Only training would use the two.
        _attributes.Int("seed", 0);
        float rate = Inputs.Length > 1 ? Inputs[1].Values[0] : _attributes.Float("ratio", 0.5f);
        return Pointwise(new Dropout(rate));
    }

    private LayerProblem Flatten()
    {
        int axis = Data.ResolveAxis(_attributes.Int("axis", 1));
        int count = Data.CountBefore(axis);
        int channels = Data.Extents[axis];
        return LayerProblem.Create(
            new Flatten(), Shape.Image(channels, Data.Values.Length / count / channels, 1), Data.Values, Expected);
    }

    private LayerProblem Softmax(Layer layer)
    {
        int axis = Data.ResolveAxis(_attributes.Int("axis", -1));
        return LayerProblem.Create(layer, PixelsBehind(axis), Data.Values, Expected);
    }

    private LayerProblem Concat()
    {
        int axis = Data.ResolveAxis(_attributes.Int("axis", 0));
        return LayerProblem.Create(
            (builder, parts) => builder.Concat("node", parts),
            [.. Inputs.Select(input => (input.Extents[axis], input.Values))],
            Data.CountBefore(axis),
            Data.CountAfter(axis),
            Expected);
    }

    /// <summary>Bounds that are not given are infinite.</summary>
    private LayerProblem Clip()
    {
        int given = 1;
        float least = HasInput(1) ? Inputs[given++].Values[0] : float.NegativeInfinity;
        float most = HasInput(2) ? Inputs[given].Values[0] : float.PositiveInfinity;
        return least <= most
            ? Pointwise(Activation.Clip(least, most))
            : throw new OutsideGraphException("a clip whose least is above its most");
    }

    /// <summary>One that is left out has no name, and no file among the inputs.</summary>
    private bool HasInput(int place) => _published.Node.Input.Count > place && _published.Node.Input[place].Length > 0;

    private LayerProblem ParametricRelu()
    {
        // The slopes' extents are the last of the data's; ours are one for each channel, the extent behind the images'.
        OnnxTensor slopes = Inputs[1];
        return Data.Rank > 1 && slopes.Values.Length == Data.Extents[1] && slopes.Rank == Data.Rank - 1 && slopes.Extents[0] == Data.Extents[1]
            ? LayerProblem.Create(
                new ActivationLayer(Activation.ParametricRelu), PixelsBehind(1), Data.Values, Expected, ("weight", Shape.Vector(Data.Extents[1]), slopes.Values))
            : throw new OutsideGraphException("slopes that are not one for each channel");
    }

    private LayerProblem Pad()
    {
        if (_attributes.Text("mode", "constant") != "constant")
        {
            throw new OutsideGraphException("padding with anything but a constant");
        }

        int[] axes = Inputs.Length > 3 ? ReadIntegers(3) : [.. Enumerable.Range(0, Data.Rank)];
        int[] given = ReadIntegers(1);
        int[] pads = new int[2 * Data.Rank];
        for (int i = 0; i < axes.Length; i++)
        {
            int axis = Data.ResolveAxis(axes[i]);
            (pads[axis], pads[Data.Rank + axis]) = (given[i], given[axes.Length + i]);
        }

        return Data.Rank == 4 && pads[0] == 0 && pads[1] == 0 && pads[4] == 0 && pads[5] == 0
            ? Window(new Pad2D(new Padding(pads[2], pads[3], pads[6], pads[7]), Inputs.Length > 2 ? Inputs[2].Values[0] : 0))
            : throw new OutsideGraphException("padding of other axes than height and width");
    }

    private Shape PixelsBehind(int axis)
    {
        int pixels = Data.CountAfter(axis);
        return pixels == 1 ? Shape.Vector(Data.Extents[axis]) : Shape.Image(Data.Extents[axis], pixels, 1);
    }

    private LayerProblem Binary()
    {
        BinaryOperation operation = Operator switch
        {
            "Add" or "Sum" => BinaryOperation.Add,
            "Sub" => BinaryOperation.Subtract,
            "Mul" => BinaryOperation.Multiply,
            "Div" => BinaryOperation.Divide,
            "Min" => BinaryOperation.Minimum,
            "Max" => BinaryOperation.Maximum,
            _ => throw new OutsideGraphException($"the operator {Operator}"),
        };
        if (Inputs.Length == 1)
        {
            return Pointwise(Activation.None);
        }

        return Inputs.All(input => input.Extents.SequenceEqual(Data.Extents)) ? BinaryOfTensors(operation) : BinaryOfConstant(operation);
    }

    private LayerProblem BinaryOfTensors(BinaryOperation operation) => LayerProblem.Create(
        (builder, parts) =>
        {
            string result = parts[0];
            foreach (string part in parts[1..])
            {
                result = builder.Append($"{result}+{part}", new Binary(operation), result, part).Last;
            }
        },
        [.. Inputs.Select(input => (input.Extents[0], input.Values))],
        1,
        Data.CountAfter(0),
        Expected);

    /// <summary>A second input of fewer extents is a constant, where it is one number or counts one axis of the first.</summary>
    private LayerProblem BinaryOfConstant(BinaryOperation operation)
    {
        OnnxTensor constant = Inputs[1];
        int axis = Data.Rank - constant.Rank;
        if (Inputs.Length > 2 || axis < 0 || (constant.Values.Length != 1 && (constant.Extents[0] != constant.Values.Length || constant.Extents[0] != Data.Extents[axis])))
        {
            throw new OutsideGraphException("inputs of different shapes, neither of which is a number or one a channel");
        }

        var layer = new BinaryConstant(operation, [.. constant.Values]);
        return constant.Values.Length == 1 ? Pointwise(layer) : LayerProblem.Create(layer, PixelsBehind(axis), Data.Values, Expected);
    }

    /// <summary>Padding's extents and axes are whole numbers, which are read by themselves.</summary>
    private OnnxTensor DecodeInput(TensorProto input, int index) =>
        Operator == "Pad" && index is 1 or 3 ? new OnnxTensor([0], []) : OnnxTensor.Decode(input);

    private int[] ReadIntegers(int input)
    {
        TensorProto proto = _published.Inputs[input];
        return proto.DataType == (int)TensorProto.Types.DataType.Int64
            ? [.. (proto.HasRawData ? MemoryMarshal.Cast<byte, long>(proto.RawData.Span).ToArray() : [.. proto.Int64Data]).Select(value => checked((int)value))]
            : throw new OutsideGraphException("extents that are not 64-bit");
    }

    private Extent2D Pair(string name, int otherwise)
    {
        int[] values = _attributes.Ints(name, 2, otherwise);
        return new Extent2D(values[0], values[1]);
    }

    private Padding ReadPadding()
    {
        int[] pads = _attributes.Ints("pads", 4, 0);
        return _attributes.Text("auto_pad", "NOTSET") switch
        {
            "SAME_UPPER" => Padding.Same,
            "SAME_LOWER" => Padding.SameLower,
            _ => new Padding(pads[0], pads[1], pads[2], pads[3]),
        };
    }

    private void RefuseDilation()
    {
        if (Pair("dilations", 1) != 1)
        {
            throw new OutsideGraphException("dilated pooling");
        }
    }

    /// <summary>A product by a matrix of weights, which an importer would transpose, scale and spread as is done here.</summary>
    private LayerProblem MatrixProduct()
    {
        OnnxTensor matrix = Inputs[1];
        if (_attributes.Flag("transA") || Data.Rank != 2 || matrix.Rank != 2)
        {
            throw new OutsideGraphException("a matrix product that is not images by weights");
        }

        bool isTransposed = _attributes.Flag("transB");
        float alpha = _attributes.Float("alpha", 1);
        float beta = _attributes.Float("beta", 1);
        int inputs = Data.Extents[1];
        int features = matrix.Values.Length / inputs;
        var weight = new float[matrix.Values.Length];
        for (int i = 0; i < weight.Length; i++)
        {
            (int feature, int input) = Math.DivRem(i, inputs);
            weight[i] = alpha * matrix.Values[isTransposed ? i : (input * features) + feature];
        }

        (string, Shape, float[]) weights = ("weight", new Shape(features, inputs), weight);
        Shape image = Shape.Vector(inputs);
        return Inputs.Length < 3
            ? LayerProblem.Create(new FullyConnected(features, HasBias: false), image, Data.Values, Expected, weights)
            : LayerProblem.Create(
                new FullyConnected(features),
                image,
                Data.Values,
                Expected,
                weights,
                ("bias", Shape.Vector(features), SpreadBias(Inputs[2].Values, features, beta)));
    }

    private static float[] SpreadBias(float[] bias, int features, float beta)
    {
        if (bias.Length != 1 && bias.Length != features)
        {
            throw new OutsideGraphException("a bias for each image");
        }

        return [.. Enumerable.Range(0, features).Select(feature => beta * bias[bias.Length == 1 ? 0 : feature])];
    }
}
