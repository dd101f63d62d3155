using System.Buffers.Binary;

namespace Convoy.Weights.Formats.Caffe;

/// <summary>
/// Writes a caffemodel (message NetParameter of caffe.proto): its layers with their arrays and no settings, which is what Caffe takes from
/// such a file for the network of a prototxt that has layers of these names.
/// </summary>
internal static class CaffeWriter
{
    private const int Layer = 100;
    private const int Blob = 7;

    /// <summary>Writes the layers, in their order.</summary>
    /// <exception cref="WeightException">A layer has what Caffe does not, or all of them together are too long.</exception>
    public static void Write(Stream destination, IEnumerable<CaffeWrittenLayer> layers)
    {
        var net = new ProtobufWriter();
        net.Text(1, "convoy");
        destination.Write(net.Bytes);
        long length = net.Bytes.Length;
        foreach (CaffeWrittenLayer layer in layers)
        {
            length += Write(destination, layer);
            if (length > int.MaxValue)
            {
                throw new WeightException("A file of Caffe's takes less than 2 GiB, as every message of protobuf, but the tensors take more; write a safetensors file.");
            }
        }
    }

    private static long Write(Stream destination, CaffeWrittenLayer layer)
    {
        var head = new ProtobufWriter();
        head.Text(1, layer.Name);
        head.Text(2, layer.Type);
        if (layer.Flow is { } flow)
        {
            head.Text(3, flow.Reads);
            head.Text(4, flow.Gives);
        }

        byte[][] blobs = [.. layer.Blobs.Select(Begin)];
        long length = head.Bytes.Length + blobs.Zip(layer.Blobs, (begin, blob) => begin.Length + blob.ByteCount).Sum();
        var field = new ProtobufWriter();
        field.Begin(Layer, length);
        destination.Write(field.Bytes);
        destination.Write(head.Bytes);
        for (int i = 0; i < blobs.Length; i++)
        {
            destination.Write(blobs[i]);
            layer.Blobs[i].Write(destination);
        }

        return field.Bytes.Length + length;
    }

    /// <summary>A blob up to its numbers: its extents, in a message of their own, then numbers of single or double precision in one piece.</summary>
    private static byte[] Begin(CaffeWrittenBlob blob)
    {
        var extents = new ProtobufWriter();
        foreach (int extent in blob.Extents)
        {
            extents.Varint((ulong)extent);
        }

        var shape = new ProtobufWriter();
        shape.Field(1, extents.Bytes);
        var content = new ProtobufWriter();
        content.Field(CaffeBlob.ShapeField, shape.Bytes);
        content.Begin(blob.Type == ElementType.Float64 ? CaffeBlob.DoubleData : CaffeBlob.Data, blob.ByteCount);
        var field = new ProtobufWriter();
        field.Begin(Blob, content.Bytes.Length + blob.ByteCount);
        return [.. field.Bytes, .. content.Bytes];
    }
}

/// <summary>A layer that is to be written.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type: "Convolution".</param>
/// <param name="Flow">What it reads and gives, where that says what belongs together.</param>
/// <param name="Blobs">Its arrays.</param>
internal sealed record CaffeWrittenLayer(string Name, string Type, (string Reads, string Gives)? Flow, IReadOnlyList<CaffeWrittenBlob> Blobs);

/// <summary>An array that is to be written.</summary>
/// <param name="Tensor">Its numbers; null for the single number one.</param>
/// <param name="Type">What they are written as: in single or in double precision.</param>
internal sealed record CaffeWrittenBlob(WeightTensor? Tensor, ElementType Type)
{
    /// <summary>By how many a batch normalisation's sums are divided, where they are the mean and the variance.</summary>
    public static CaffeWrittenBlob One { get; } = new(null, ElementType.Float32);

    /// <summary>Its extents, outermost first.</summary>
    public ImmutableArray<int> Extents => Tensor?.Shape.Extents ?? [1];

    /// <summary>How many bytes its numbers take.</summary>
    public long ByteCount => Tensor is null ? sizeof(float) : TensorBytes.Count(Tensor, Type);

    /// <summary>Writes its numbers.</summary>
    public void Write(Stream destination)
    {
        if (Tensor is not null)
        {
            TensorBytes.Write(destination, Tensor, Type);
            return;
        }

        Span<byte> one = stackalloc byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(one, 1);
        destination.Write(one);
    }
}
