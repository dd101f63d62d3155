using Convoy.Layers;
using Convoy.Weights.Fitting;
using static Convoy.Weights.WeightException;

namespace Convoy.Weights.Formats.Keras;

/// <summary>
/// Makes Keras' layers and arrays of a network's tensors: what <see cref="KerasTensors"/> does, backwards. The network says which
/// convolution is a depthwise one, whose array has another order, and where a feature map is flattened, which Keras counts otherwise.
/// </summary>
internal sealed class KerasSaving
{
    private const string Depthwise = ".depthwise";
    private const string Pointwise = ".pointwise";

    private readonly Network _network;
    private readonly Dictionary<string, WeightTensor> _tensors;
    private readonly FlatteningOrder _orders;

    private KerasSaving(Network network, IReadOnlyList<WeightTensor> tensors)
    {
        _network = network;
        _tensors = tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        _orders = new FlatteningOrder(network);
    }

    /// <summary>The layers with arrays, in the network's order.</summary>
    /// <exception cref="WeightException">Keras has no such layer, or a tensor is missing; the sentence names it.</exception>
    public static ImmutableArray<KerasSavedLayer> ToLayers(Network network, IReadOnlyList<WeightTensor> tensors)
    {
        var saving = new KerasSaving(network, tensors);
        HashSet<string> names = [.. network.Nodes.Select(node => node.Name)];
        Dictionary<Node, Node> pointwise = network.Nodes.Where(node => IsPointwiseHalf(node, names)).ToDictionary(node => node.Inputs[0]);
        var layers = ImmutableArray.CreateBuilder<KerasSavedLayer>();
        foreach (Node node in network.Nodes.Where(node => !node.Parameters.IsEmpty))
        {
            if (pointwise.TryGetValue(node, out Node? other))
            {
                layers.Add(saving.ToSeparable(node, other));
            }
            else if (!IsPointwiseHalf(node, names))
            {
                layers.Add(saving.ToLayer(node));
            }
        }

        return layers.ToImmutable();
    }

    /// <summary>Whether a node is the second of the two convolutions that a layer of Keras' is here.</summary>
    private static bool IsPointwiseHalf(Node node, HashSet<string> names) => node is { Layer: Convolution2D { Groups: 1 } }
        && node.Name.EndsWith(Pointwise, StringComparison.Ordinal)
        && node.Inputs[0] is { Layer: Convolution2D { HasBias: false } } first && IsDepthwise(first)
        && node.Name[..^Pointwise.Length] is { Length: > 0 } name && first.Name == name + Depthwise && !names.Contains(name);

    private static bool IsDepthwise(Node node) =>
        node.Layer is Convolution2D { Groups: > 1 } convolution && convolution.Groups == node.InputShapes[0].Channels;

    private KerasSavedLayer ToSeparable(Node depthwise, Node pointwise) => new(
        pointwise.Name[..^Pointwise.Length],
        "separable_conv2d",
        [ToDepthwiseKernel(depthwise), ToKernel(pointwise, "pointwise_kernel"), .. ToBias(pointwise)]);

    private KerasSavedLayer ToLayer(Node node) => node.Layer switch
    {
        Convolution2D when IsDepthwise(node) => new(node.Name, "depthwise_conv2d", [ToDepthwiseKernel(node), .. ToBias(node)]),
        Convolution2D => new(CheckKernelName(node), "conv2d", [ToKernel(node, "kernel"), .. ToBias(node)]),
        FullyConnected => new(node.Name, "dense", [ToMatrix(node), .. ToBias(node)]),
        BatchNormalization => new(
            node.Name,
            "batch_normalization",
            [ToVector(node, "weight", "gamma"), ToVector(node, "bias", "beta"), ToVector(node, "running_mean", "moving_mean"), ToVector(node, "running_var", "moving_variance")]),
        InstanceNormalization => new(node.Name, "group_normalization", [ToVector(node, "weight", "gamma"), ToVector(node, "bias", "beta")]),
        ActivationLayer => new(node.Name, "p_re_lu", [ToSlopes(node)]),
        _ => throw new WeightException($"The layer {Quote(node.Name)} ({node.Layer.Op}) of {_network.Name} has weights, but Keras has no such layer; write a safetensors file."),
    };

    /// <summary>Files of Keras 3 do not tell the two kinds of kernel apart but by the layer's name.</summary>
    private static string CheckKernelName(Node node) => !node.Name.StartsWith("depthwise_conv2d", StringComparison.Ordinal)
        ? node.Name
        : throw new WeightException($"The layer {Quote(node.Name)} is named like a depthwise convolution of Keras', which it is not, so that it would be read as one; give it another name, or write a safetensors file.");

    /// <summary>[rows, columns, in, out] of [out, in, rows, columns].</summary>
    private KerasSavedArray ToKernel(Node node, string name)
    {
        WeightTensor tensor = Find(node, "weight");
        (int filters, int channels, int rows, int columns) = Split(tensor);
        long pixels = (long)rows * columns;
        return Rearrange(name, tensor, [rows, columns, channels, filters], [columns, 1, pixels, channels * pixels]);
    }

    /// <summary>[rows, columns, in, multiplier] of [in * multiplier, 1, rows, columns].</summary>
    private KerasSavedArray ToDepthwiseKernel(Node node)
    {
        WeightTensor tensor = Find(node, "weight");
        (int filters, _, int rows, int columns) = Split(tensor);
        int channels = node.InputShapes[0].Channels;
        int multiplier = filters / channels;
        long pixels = (long)rows * columns;
        return Rearrange("depthwise_kernel", tensor, [rows, columns, channels, multiplier], [columns, 1, multiplier * pixels, pixels]);
    }

    /// <summary>[in, out] of [out, in], the inputs in Keras' order.</summary>
    private KerasSavedArray ToMatrix(Node node)
    {
        WeightTensor tensor = Find(node, "weight");
        Func<WeightTensor> inOrder = Order(node, "weight", tensor);
        (int features, int inputs) = (tensor.Shape[0], tensor.Shape[1]);
        return new KerasSavedArray("kernel", tensor, [inputs, features], () => inOrder().Rearrange([inputs, features], [1, inputs]));
    }

    private ImmutableArray<KerasSavedArray> ToBias(Node node)
    {
        if (node.Parameters.Length < 2)
        {
            return [];
        }

        WeightTensor tensor = Find(node, "bias");
        return [new KerasSavedArray("bias", tensor, tensor.Shape.Extents, () => tensor)];
    }

    /// <summary>A number for each channel, or for each feature of a vector, which are in Keras' order then.</summary>
    private KerasSavedArray ToVector(Node node, string parameter, string name)
    {
        WeightTensor tensor = Find(node, parameter);
        return new KerasSavedArray(name, tensor, tensor.Shape.Extents, Order(node, parameter, tensor));
    }

    /// <summary>Of images, the rows and columns share a channel's slope.</summary>
    private KerasSavedArray ToSlopes(Node node)
    {
        KerasSavedArray slopes = ToVector(node, "weight", "alpha");
        return node.Shape.IsImage ? slopes with { Extents = [1, 1, .. slopes.Extents] } : slopes;
    }

    private Func<WeightTensor> Order(Node node, string parameter, WeightTensor tensor) =>
        _orders.Find(new NeededTensor(node, node.Parameters.First(each => each.Name == parameter))) switch
        {
            null => () => tensor,
            FeatureOrder.Unclear unclear => throw new WeightException(
                $"{Quote(tensor.Name)} of {_network.Name} cannot be put in the order that Keras would have it in, as the layer {Quote(unclear.Layer.Name)} ({unclear.Layer.Layer.Op}) leaves open which of its numbers are which of a feature map; write a safetensors file."),
            var order => () => FlatteningOrder.TurnBack(tensor, order, _network.Name),
        };

    private WeightTensor Find(Node node, string parameter)
    {
        LayerParameter needed = node.Parameters.First(each => each.Name == parameter);
        string name = node.QualifiedName(needed);
        return _tensors.TryGetValue(name, out WeightTensor? tensor) && tensor.Shape == needed.Shape
            ? tensor
            : throw new WeightException($"The tensor {Quote(name)} of {_network.Name} is missing, or has not the shape {needed.Shape}; fit the weights to the network first (FitTo).");
    }

    private static (int Filters, int Channels, int Rows, int Columns) Split(WeightTensor kernel) => (kernel.Shape[0], kernel.Shape[1], kernel.Shape[2], kernel.Shape[3]);

    private static KerasSavedArray Rearrange(string name, WeightTensor tensor, int[] extents, long[] strides) =>
        new(name, tensor, [.. extents], () => tensor.Rearrange(extents, strides));
}
