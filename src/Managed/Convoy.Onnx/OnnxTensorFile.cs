using CommunityToolkit.HighPerformance;
using Convoy.Files;
using Convoy.ModelFiles;
using Convoy.Onnx.Format;
using Convoy.Onnx.Import;
using Google.Protobuf;

namespace Convoy.Onnx;

/// <summary>Reads and writes single tensors as ONNX' TensorProto, the .pb files of its test data.</summary>
public static class OnnxTensorFile
{
    /// <summary>Reads a tensor of real numbers.</summary>
    /// <exception cref="ModelFileException">It cannot be read, or holds other than real numbers; the sentence names the file and the fault.</exception>
    public static NamedTensor Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            using FileStream file = ModelFormats.Open(path, Array.MaxLength);
            byte[] bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            TensorProto proto = TensorProto.Parser.ParseFrom(bytes);
            return Read(proto, path, bytes.Length);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new ModelFileException($"{path} is no ONNX TensorProto, or is cut short; check where it comes from.", e);
        }
        catch (Exception e) when (e is UnsupportedException or WeightException or OverflowException or OutOfMemoryException)
        {
            throw new ModelFileException($"The tensor {path} cannot be used: {e.Message.TrimEnd('.')}.", e);
        }
        catch (IOException e)
        {
            throw new ModelFileException($"The tensor {path} cannot be read ({e.Message.TrimEnd('.')}); check the disk.", e);
        }
    }

    /// <summary>Writes a tensor as fp32. A file of that name is replaced once the new one is complete.</summary>
    /// <exception cref="ModelFileException">The file cannot be written.</exception>
    public static void Write(string path, NamedTensor tensor)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(tensor);
        var proto = new TensorProto { Name = tensor.Name, DataType = (int)TensorProto.Types.DataType.Float };
        proto.Dims.AddRange(tensor.Extents.Select(extent => (long)extent));
        proto.RawData = ByteString.CopyFrom(tensor.Values.AsSpan().AsBytes());
        try
        {
            AtomicFile.Write(path, file => proto.WriteTo(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelFileException($"Cannot write the tensor to '{path}': {e.Message.TrimEnd('.')}; name another file.", e);
        }
    }

    private static NamedTensor Read(TensorProto proto, string path, int length)
    {
        // A model too is read as a tensor without a word: almost all of it is fields that tensors do not have.
        if (proto.DataType == (int)TensorProto.Types.DataType.Undefined)
        {
            throw new UnsupportedException("it is no ONNX TensorProto of a known type of numbers; give a single tensor, as ONNX' test data has them");
        }

        if (proto.DataLocation == TensorProto.Types.DataLocation.External)
        {
            throw new UnsupportedException("its numbers are in a file of their own, which is read with a model only; save them within the tensor");
        }

        var budget = new FoldingBudget(length);
        using var external = new ExternalData(folder: null, budget);
        var tensors = new Import.Tensors(path, external, budget);
        return tensors.Read(proto) is FloatConstant reals
            ? new NamedTensor(proto.Name.Length > 0 ? proto.Name : Path.GetFileNameWithoutExtension(path), reals.Extents, tensors.ToArray(reals))
            : throw new UnsupportedException("it holds whole numbers, but must hold real ones");
    }
}
