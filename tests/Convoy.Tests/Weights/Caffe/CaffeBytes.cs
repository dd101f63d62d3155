using System.Buffers.Binary;
using System.Text;

namespace Convoy.Tests.Weights.Caffe;

/// <summary>Caffemodels put together byte by byte, after caffe.proto.</summary>
internal static class CaffeBytes
{
    private const int Length = 2;

    public static byte[] Net(params byte[][] layers) => [.. Text(1, "net"), .. layers.SelectMany(layer => layer)];

    /// <summary>A layer as it is written since 2014.</summary>
    public static byte[] Layer(string name, string type, params byte[][] blobs) => Layer(name, type, name, name, blobs);

    /// <summary>A layer with what it reads and gives.</summary>
    public static byte[] Layer(string name, string type, string reads, string gives, params byte[][] blobs) =>
        Field(100, [.. Text(1, name), .. Text(2, type), .. Text(3, reads), .. Text(4, gives), .. blobs.SelectMany(blob => Field(7, blob))]);

    /// <summary>A layer as it was written before.</summary>
    public static byte[] OldLayer(string name, int type, params byte[][] blobs) =>
        Field(2, [.. Text(2, "data"), .. Text(3, name), .. Text(4, name), .. Varint(5 << 3), .. Varint((ulong)type), .. blobs.SelectMany(blob => Field(6, blob))]);

    /// <summary>Extents in a message of their own, numbers in one piece.</summary>
    public static byte[] Blob(int[] extents, params float[] values) => [.. Shape(extents), .. Packed(values)];

    /// <summary>The four extents that there were before, each number with a tag of its own.</summary>
    public static byte[] OldBlob(int[] extents, params float[] values) =>
    [
        .. extents.SelectMany((extent, i) => (byte[])[.. Varint((ulong)((i + 1) << 3)), .. Varint((ulong)extent)]),
        .. values.SelectMany(value => (byte[])[(5 << 3) | 5, .. Bytes(value)]),
    ];

    /// <summary>Numbers of double precision.</summary>
    public static byte[] DoubleBlob(int[] extents, params double[] values) => [.. Shape(extents), .. Field(8, [.. values.SelectMany(BitConverter.GetBytes)])];

    public static byte[] Shape(int[] extents) => Field(7, Field(1, [.. extents.SelectMany(extent => Varint((ulong)extent))]));

    public static byte[] Packed(params float[] values) => Field(5, [.. values.SelectMany(Bytes)]);

    public static byte[] Text(int number, string text) => Field(number, Encoding.UTF8.GetBytes(text));

    public static byte[] Field(int number, byte[] content) => [.. Varint((ulong)((number << 3) | Length)), .. Varint((ulong)content.Length), .. content];

    public static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        return [.. bytes, (byte)value];
    }

    private static byte[] Bytes(float value)
    {
        byte[] bytes = new byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        return bytes;
    }
}
