using System.IO.Compression;
using System.Text;

namespace Convoy.Tests.Weights;

/// <summary>PyTorch's files by hand: pickles out of their instructions, and both kinds of file around them.</summary>
internal static class TorchFiles
{
    public static byte[] None => [(byte)'N'];

    public static byte[] Text(string text) => [(byte)'X', .. BitConverter.GetBytes(Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)];

    public static byte[] Number(long number) => number is >= int.MinValue and <= int.MaxValue
        ? [(byte)'J', .. BitConverter.GetBytes((int)number)]
        : [0x8A, 8, .. BitConverter.GetBytes(number)];

    public static byte[] TupleOf(params byte[][] items) => [(byte)'(', .. items.SelectMany(item => item), (byte)'t'];

    public static byte[] Global(string module, string name) => [(byte)'c', .. Encoding.UTF8.GetBytes($"{module}\n{name}\n")];

    public static byte[] Call(byte[] function, params byte[][] arguments) => [.. function, .. TupleOf(arguments), (byte)'R'];

    public static byte[] DictionaryOf(params (string Key, byte[] Value)[] items) =>
        [(byte)'}', (byte)'(', .. items.SelectMany(item => (byte[])[.. Text(item.Key), .. item.Value]), (byte)'u'];

    public static byte[] Ordered(params (string Key, byte[] Value)[] items) =>
        [.. Global("collections", "OrderedDict"), (byte)')', (byte)'R', .. items.Length == 0 ? [] : DictionaryOf(items)[1..]];

    public static byte[] Pickle(byte[] root) => [0x80, 2, .. root, (byte)'.'];

    public static byte[] Storage(string type, string key, long count, string location = "cpu", byte[]? view = null) =>
        [.. TupleOf([Text("storage"), Global("torch", type), Text(key), Text(location), Number(count), .. view is null ? (byte[][])[] : [view]]), (byte)'Q'];

    public static byte[] Tensor(byte[] storage, long offset, long[] extents, long[] strides) => Call(
        Global("torch._utils", "_rebuild_tensor_v2"),
        storage, Number(offset), TupleOf([.. extents.Select(Number)]), TupleOf([.. strides.Select(Number)]), [0x89], Ordered());

    /// <summary>A vector that is all of its storage of single precision.</summary>
    public static byte[] Vector(string key, long count) => Tensor(Storage("FloatStorage", key, count), 0, [count], [1]);

    public static byte[] Archive(byte[] root, string? byteOrder, params (string Key, byte[] Numbers)[] storages) => NpyBytes.Zip(
        CompressionLevel.NoCompression,
        [
            ("net/data.pkl", Pickle(root)),
            .. byteOrder is null ? ((string, byte[])[])[] : [("net/byteorder", Encoding.UTF8.GetBytes(byteOrder))],
            .. storages.Select(storage => ($"net/data/{storage.Key}", storage.Numbers)),
        ]);

    public static byte[] Legacy(byte[] root, bool isLittleEndian, params (string Key, long Count, byte[] Numbers)[] storages) =>
    [
        0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
        .. Pickle(Number(1001)),
        .. Pickle(DictionaryOf(("protocol_version", Number(1001)), ("little_endian", [isLittleEndian ? (byte)0x88 : (byte)0x89]))),
        .. Pickle(root),
        .. Pickle([(byte)']', (byte)'(', .. storages.SelectMany(storage => Text(storage.Key)), (byte)'e']),
        .. storages.SelectMany(storage => (byte[])[.. BitConverter.GetBytes(storage.Count), .. storage.Numbers]),
    ];

    public static byte[] Floats(params float[] numbers) => [.. numbers.SelectMany(BitConverter.GetBytes)];
}
