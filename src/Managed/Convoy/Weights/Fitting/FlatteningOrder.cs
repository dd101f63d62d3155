using System.Runtime.InteropServices;
using Convoy.Layers;

namespace Convoy.Weights.Fitting;

/// <summary>
/// Keras flattens a feature map by rows, columns, channels, in this order, and networks here by channels, rows, columns. Weights
/// that have a number for each feature of such a vector (a fully connected layer's columns, a batch normalisation's statistics,
/// slopes) have to be turned. Where a file has no more than weights, the network says which do: each vector is followed from where
/// it is flattened, through layers that keep its features in their places, to what reads it.
/// </summary>
internal sealed class FlatteningOrder
{
    /// <summary>Of each node, what is known of its features; none of most.</summary>
    private readonly Dictionary<Node, FeatureOrder> _orders = [];

    /// <summary>Follows the vectors of a network.</summary>
    public FlatteningOrder(Network network)
    {
        // What a network transposes by itself it has made in Keras' order.
        HashSet<Node> readAsTheyAre = [.. network.Nodes.Where(node => node.Layer is not Transpose).SelectMany(node => node.Inputs), .. network.Outputs];
        foreach (Node node in network.Nodes)
        {
            if (FindOrder(node) is { } order)
            {
                _orders.Add(node, order);
            }

            if (node.Layer is Unflatten && HasOrders(node.Shape) && readAsTheyAre.Contains(node) && OrderOf(node.Inputs[0]) is FeatureOrder.Connected { Layer: var maker })
            {
                _orders[maker] = new FeatureOrder.Unclear(node);
            }
        }
    }

    /// <summary>Passes where no tensor of a network has still to be turned.</summary>
    /// <exception cref="WeightException">One has; the sentence says what to do.</exception>
    public static void Check(string source, Network network, IReadOnlyDictionary<string, WeightTensor> byName)
    {
        var orders = new Lazy<FlatteningOrder>(() => new FlatteningOrder(network));
        foreach (NeededTensor needed in NeededTensor.Of(network))
        {
            if (byName.TryGetValue(needed.Name, out WeightTensor? tensor) && tensor.IsChannelsLast && orders.Value.Find(source, needed) is { } order)
            {
                string map = order is FeatureOrder.Flattened flattened ? $"the feature map {flattened.Map}" : "feature maps";
                throw new WeightException(
                    $"{WeightException.Quote(needed.Name)} of {source} counts {map} by rows, columns and channels, and the network by channels first; use what FitTo makes of the weights.");
            }
        }
    }

    /// <summary>The tensor with its features, which are its last extent, in the network's order, and what its numbers are in.</summary>
    /// <param name="tensor">A tensor [rows, features] or [features].</param>
    /// <param name="order">The order that they have.</param>
    /// <param name="source">The file, as sentences name it.</param>
    public static (WeightTensor Tensor, WeightStorage Storage) Turn(WeightTensor tensor, FeatureOrder order, string source) =>
        Turn(tensor, source, () => FeatureOrder.ToPlaces(order, CountFeatures(tensor)));

    /// <summary>The tensor with its features in Keras' order, as <see cref="Turn(WeightTensor, FeatureOrder, string)"/> finds them.</summary>
    public static WeightTensor TurnBack(WeightTensor tensor, FeatureOrder order, string source) => Turn(tensor, source, () =>
    {
        int[] features = [.. Enumerable.Range(0, CountFeatures(tensor))];
        Array.Sort(FeatureOrder.ToPlaces(order, features.Length), features);
        return features;
    }).Tensor;

    /// <summary>The order of the features that a tensor of a file of Keras' weights has numbers for; null where it is the network's.</summary>
    /// <exception cref="WeightException">It cannot be told; the sentence names the layer that is to blame.</exception>
    public FeatureOrder? Find(string source, NeededTensor needed) => Find(needed) is FeatureOrder.Unclear unclear
        ? throw new WeightException(
            $"{WeightException.Quote(needed.Name)} of {source} may count a feature map by rows, columns and channels, as Keras does, and the layer '{unclear.Layer.Name}' ({unclear.Layer.Layer.Op}) leaves open which of its numbers are which; give the whole Keras model in place of the network.")
        : Find(needed);

    /// <summary>That order, which may be one that cannot be told.</summary>
    public FeatureOrder? Find(NeededTensor needed)
    {
        Node node = needed.Node;
        FeatureOrder? order = needed is { Node.Layer: FullyConnected, Shape.Rank: 2 } && OrderOf(node) is not FeatureOrder.Unclear
            ? OrderRead(node.Inputs[0])
            : OrderOf(node);
        return order is FeatureOrder.Flattened or FeatureOrder.Joined or FeatureOrder.Unclear ? order : null;
    }

    private FeatureOrder? OrderOf(Node node) => _orders.GetValueOrDefault(node);

    /// <summary>The order in which a layer's numbers are read as a vector.</summary>
    private FeatureOrder? OrderRead(Node node) => node.Shape.IsImage && HasOrders(node.Shape) && OrderOf(node) is null
        ? new FeatureOrder.Flattened(node.Shape)
        : OrderOf(node);

    /// <summary>Whether an image can be counted in more than one order.</summary>
    private static bool HasOrders(Shape image) => image.Channels > 1 && image.Height * image.Width > 1;

    private FeatureOrder? FindOrder(Node node)
    {
        switch (node.Layer)
        {
            case FullyConnected:
                return new FeatureOrder.Connected(node);
            case Transpose:
                return new FeatureOrder.ChannelsLast();
            case Flatten:
                return OrderRead(node.Inputs[0]) is { } order and not FeatureOrder.ChannelsLast ? order : null;
            case Dropout or ActivationLayer or BatchNormalization or BinaryConstant or Softmax or LogSoftmax:
                return OrderOf(node.Inputs[0]);
            case Binary when !node.Shape.IsImage:
                return Meet(node);
            case Concat when !node.Shape.IsImage:
                return Join(node);
            default:
                bool isKnown = node.Shape.IsImage || node.Inputs.All(input => OrderOf(input) is null or FeatureOrder.Connected);
                return isKnown ? null : new FeatureOrder.Unclear(node);
        }
    }

    /// <summary>Two vectors' numbers meet place by place, so that their orders have to be the same; a single number has none.</summary>
    private FeatureOrder? Meet(Node node)
    {
        FeatureOrder?[] read = [.. node.Inputs.Where(input => input.Shape == node.Shape).Select(OrderOf)];
        return read.All(order => Equals(order, read[0])) ? read[0]
            : read.All(order => order is null or FeatureOrder.Connected) ? null
            : new FeatureOrder.Unclear(node);
    }

    private FeatureOrder? Join(Node node)
    {
        FeatureOrder?[] read = [.. node.Inputs.Select(OrderOf)];
        return read.Any(order => order is FeatureOrder.Unclear) ? new FeatureOrder.Unclear(node)
            : read.Length == 1 ? read[0]
            : read.All(order => order is null or FeatureOrder.Connected) ? null
            : new FeatureOrder.Joined([.. read.Zip(node.Inputs, (order, input) => (order, (int)input.Shape.Count))]);
    }

    private static int CountFeatures(WeightTensor tensor) => tensor.Shape[tensor.Shape.Rank - 1];

    private static (WeightTensor Tensor, WeightStorage Storage) Turn(WeightTensor tensor, string source, Func<int[]> findPlaces)
    {
        var storage = new UnpackedStorage(source, tensor.ByteCount, () => Turn(tensor, findPlaces()));
        return (new WeightTensor(tensor.Name, tensor.ElementType, tensor.Shape, storage, 0, tensor.ByteCount), storage);
    }

    private static byte[] Turn(WeightTensor tensor, int[] places)
    {
        byte[] bytes = new byte[tensor.ByteCount];
        tensor.CopyBytesTo(bytes);
        return tensor.ElementType.SizeInBytes() switch
        {
            2 => Turn<short>(bytes, places),
            4 => Turn<int>(bytes, places),
            _ => Turn<long>(bytes, places),
        };
    }

    private static byte[] Turn<T>(byte[] bytes, int[] places)
        where T : unmanaged
    {
        var turned = new byte[bytes.Length];
        ReadOnlySpan<T> from = MemoryMarshal.Cast<byte, T>(bytes.AsSpan());
        Span<T> to = MemoryMarshal.Cast<byte, T>(turned.AsSpan());
        for (int row = 0; row < from.Length; row += places.Length)
        {
            for (int i = 0; i < places.Length; i++)
            {
                to[row + i] = from[row + places[i]];
            }
        }

        return turned;
    }
}
