using System.IO.Compression;
using Convoy.Models;
using Convoy.Onnx;
using Google.Protobuf;

namespace Convoy.Tests.Weights;

/// <summary>Small files of kinds that weights come in, or that are mistaken for weights, as their own writers begin them.</summary>
internal static class ForeignBytes
{
    public static byte[] KerasZip => NpyBytes.Zip(CompressionLevel.NoCompression, ("metadata.json", "{}"u8.ToArray()), ("model.weights.h5", Hdf5(0)));

    public static byte[] OtherZip => NpyBytes.Zip(CompressionLevel.Optimal, ("readme.txt", "hello"u8.ToArray()));

    public static byte[] EmptyZip => NpyBytes.Zip(CompressionLevel.Optimal);

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

    /// <summary>A GraphDef: a node with its name and operation, then the versions.</summary>
    public static byte[] FrozenGraph => Message((1, Message((1, "x"u8.ToArray()), (2, "Const"u8.ToArray()))), (4, []));

    /// <summary>saved_model.pb: the schema's version, then a graph with its description, in which operations are listed.</summary>
    public static byte[] SavedModel => [8, 1, .. Message((2, Message((1, Message((2, Message((1, "Add"u8.ToArray()))))), (2, FrozenGraph))))];

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
}
