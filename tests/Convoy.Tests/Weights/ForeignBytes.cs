using System.IO.Compression;
using Convoy.Models;
using Convoy.Onnx;
using Google.Protobuf;

namespace Convoy.Tests.Weights;

/// <summary>Small files of kinds that weights come in, or that are mistaken for weights, as their own writers begin them.</summary>
internal static class ForeignBytes
{
    public static byte[] Npy { get; } =
        [0x93, .. "NUMPY\u0001\0\u0076\0"u8, .. "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }".PadRight(117).Select(c => (byte)c), 10, 0, 0, 128, 63];

    public static byte[] Npz => Zip(CompressionLevel.Optimal, ("arr_0.npy", Npy));

    public static byte[] PyTorchZip =>
        Zip(CompressionLevel.NoCompression, ("archive/data.pkl", Pickle), ("archive/version", "3\n"u8.ToArray()), ("archive/data/0", new byte[64]));

    public static byte[] KerasZip => Zip(CompressionLevel.NoCompression, ("metadata.json", "{}"u8.ToArray()), ("model.weights.h5", Hdf5(0)));

    public static byte[] OtherZip => Zip(CompressionLevel.Optimal, ("readme.txt", "hello"u8.ToArray()));

    public static byte[] EmptyZip => Zip(CompressionLevel.Optimal);

    /// <summary>torch.save(..., _use_new_zipfile_serialization=False): the magic number, the protocol's version, the machine.</summary>
    public static byte[] PyTorchStream { get; } =
    [
        0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
        0x80, 0x02, 0x4D, 0xE9, 0x03, 0x2E, 0x80, 0x02, 0x7D, 0x71, 0x00, 0x2E,
    ];

    /// <summary>pickle.dumps({}, protocol=4).</summary>
    public static byte[] Pickle { get; } = [0x80, 0x04, 0x7D, 0x94, 0x2E];

    public static byte[] Onnx
    {
        get
        {
            using var weights = WeightSet.Random(LeNet5.Create(), 1);
            var file = new MemoryStream();
            OnnxModel.Save(LeNet5.Create(), weights, file);
            return file.ToArray();
        }
    }

    /// <summary>A net of one layer as Caffe has written it since 2014: the layer is field 100, its type a text.</summary>
    public static byte[] CaffeModel => Message(
        (1, "net"u8.ToArray()),
        (100, Message((1, "conv1"u8.ToArray()), (2, "Convolution"u8.ToArray()), (7, Message((5, new byte[4 * 5000]))))));

    /// <summary>The same as Caffe wrote it before, and as the model zoo has AlexNet: the layer is field 2, its type a number.</summary>
    public static byte[] OldCaffeModel => Message(
        (1, "AlexNet"u8.ToArray()),
        (2, [.. Message((2, "data"u8.ToArray()), (3, "conv1"u8.ToArray()), (4, "conv1"u8.ToArray())), 5 << 3, 4, .. Message((6, Message((5, new byte[4 * 5000]))))]));

    /// <summary>An HDF5 file's superblock, behind a block of the user's own.</summary>
    public static byte[] Hdf5(int userBlock) => [.. new byte[userBlock], 0x89, .. "HDF\r\n\u001A\n"u8, 0, 0, 0, 0, 0, 8, 8, 0, .. new byte[80]];

    public static byte[] Gzip(byte[] content)
    {
        var file = new MemoryStream();
        using (var gzip = new GZipStream(file, CompressionLevel.Optimal))
        {
            gzip.Write(content);
        }

        return file.ToArray();
    }

    /// <summary>A protobuf message whose fields all have a length.</summary>
    public static byte[] Message(params (int Field, byte[] Content)[] fields)
    {
        var message = new MemoryStream();
        using (var output = new CodedOutputStream(message, leaveOpen: true))
        {
            foreach ((int field, byte[] content) in fields)
            {
                output.WriteTag(field, WireFormat.WireType.LengthDelimited);
                output.WriteBytes(ByteString.CopyFrom(content));
            }
        }

        return message.ToArray();
    }

    private static byte[] Zip(CompressionLevel level, params (string Name, byte[] Content)[] entries)
    {
        var file = new MemoryStream();
        using (var archive = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in entries)
            {
                using Stream entry = archive.CreateEntry(name, level).Open();
                entry.Write(content);
            }
        }

        return file.ToArray();
    }
}
