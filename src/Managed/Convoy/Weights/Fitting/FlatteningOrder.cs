using System.Runtime.InteropServices;
using Convoy.Layers;

namespace Convoy.Weights.Fitting;

/// <summary>
/// Turns the weights of a fully connected layer behind a flattened feature map: Keras flattens rows, columns, channels, in this
/// order, and networks here channels, rows, columns. Where a file has no more than weights, the network says which layers are such.
/// </summary>
internal static class FlatteningOrder
{
    /// <summary>
    /// Whether a tensor is not yet in the order that a network's node reads. Of a file of weights alone it is known that it counts by
    /// rows, columns, channels if at all, and of the network whether there is something to count.
    /// </summary>
    public static bool IsAmiss(WeightTensor tensor, Node node, out Shape map)
    {
        Shape? found = tensor.IsChannelsLast && tensor.Shape.Rank == 2 ? FindFeatureMap(node) : null;
        map = found ?? default;
        return found is not null;
    }

    /// <summary>Passes where no tensor of a network has still to be turned.</summary>
    /// <exception cref="WeightException">One has; the sentence says what to do.</exception>
    public static void Check(string source, Network network, IReadOnlyDictionary<string, WeightTensor> byName)
    {
        foreach (NeededTensor needed in NeededTensor.Of(network))
        {
            if (byName.TryGetValue(needed.Name, out WeightTensor? tensor) && IsAmiss(tensor, needed.Node, out Shape map))
            {
                throw new WeightException(
                    $"{WeightException.Quote(needed.Name)} of {source} counts the feature map {map} by rows, columns and channels, and the network by channels first; use what FitTo makes of the weights.");
            }
        }
    }

    /// <summary>The tensor with its columns in the order of channels, rows and columns, and what its numbers are in.</summary>
    /// <param name="tensor">A tensor [features, rows x columns x channels].</param>
    /// <param name="map">The feature map.</param>
    /// <param name="source">The file, as sentences name it.</param>
    public static (WeightTensor Tensor, WeightStorage Storage) Turn(WeightTensor tensor, Shape map, string source)
    {
        var storage = new UnpackedStorage(source, tensor.ByteCount, () => Turn(tensor, map));
        return (new WeightTensor(tensor.Name, tensor.ElementType, tensor.Shape, storage, 0, tensor.ByteCount), storage);
    }

    /// <summary>
    /// The feature map whose numbers a fully connected layer reads in the order of channels, rows and columns; null for one that reads
    /// a vector of another kind, or for which the order does not matter.
    /// </summary>
    private static Shape? FindFeatureMap(Node node)
    {
        if (node.Layer is not FullyConnected)
        {
            return null;
        }

        Node source = node.Inputs[0];
        while (!source.Shape.IsImage && source.Layer is Flatten or Dropout or ActivationLayer { Function.HasSlopes: false })
        {
            source = source.Inputs[0];
        }

        // A network that puts channels last by itself has Keras' order already.
        return source.Shape is { IsImage: true, Channels: > 1 } map && map.Height * map.Width > 1 && source.Layer is not Transpose ? map : null;
    }

    private static byte[] Turn(WeightTensor tensor, Shape map)
    {
        byte[] bytes = new byte[tensor.ByteCount];
        tensor.CopyBytesTo(bytes);
        return tensor.ElementType.SizeInBytes() switch
        {
            2 => Turn<short>(bytes, map),
            4 => Turn<int>(bytes, map),
            _ => Turn<long>(bytes, map),
        };
    }

    private static byte[] Turn<T>(byte[] bytes, Shape map)
        where T : unmanaged
    {
        var turned = new byte[bytes.Length];
        ReadOnlySpan<T> from = MemoryMarshal.Cast<byte, T>(bytes.AsSpan());
        Span<T> to = MemoryMarshal.Cast<byte, T>(turned.AsSpan());
        int columns = (int)map.Count;
        int pixels = map.Height * map.Width;
        for (int row = 0; row < from.Length; row += columns)
        {
            for (int channel = 0; channel < map.Channels; channel++)
            {
                for (int pixel = 0; pixel < pixels; pixel++)
                {
                    to[row + (channel * pixels) + pixel] = from[row + (pixel * map.Channels) + channel];
                }
            }
        }

        return turned;
    }
}
