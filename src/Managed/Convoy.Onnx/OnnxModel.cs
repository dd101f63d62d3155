using Convoy.Files;
using Convoy.ModelFiles;
using Convoy.Onnx.Export;
using Convoy.Onnx.Import;
using Google.Protobuf;

namespace Convoy.Onnx;

/// <summary>
/// Reads ONNX models (https://onnx.ai) as networks with their weights, and writes networks as such models. Inference of real numbers
/// is what is read, of versions 7 to 25 of the operators; what a model has beyond that is named in one refusal, node by node.
/// </summary>
public static class OnnxModel
{
    /// <summary>Reads a model file. Tensors in files beside it, which must be in its own folder or below, are read when they are used.</summary>
    /// <exception cref="ModelFileException">It cannot be read, is damaged, or asks for what Convoy has not; one sentence.</exception>
    public static ModelFile Load(string path, ModelFileOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        byte[] file = ReadFile(path);
        return Load(file, path, Path.GetDirectoryName(Path.GetFullPath(path)), options);
    }

    /// <summary>Reads a model out of a stream, to its end.</summary>
    /// <param name="stream">The model; it is left open.</param>
    /// <param name="source">What messages call it.</param>
    /// <param name="options">What the model leaves open.</param>
    /// <exception cref="ModelFileException">It is damaged, or asks for what Convoy has not; one sentence.</exception>
    public static ModelFile Load(Stream stream, string source = "in the stream", ModelFileOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(source);
        var bytes = new MemoryStream();
        try
        {
            stream.CopyTo(bytes);
        }
        catch (IOException e)
        {
            throw new ModelFileException($"The model {source} cannot be read ({e.Message.TrimEnd('.')}).", e);
        }

        return Load(bytes.GetBuffer().AsMemory(0, (int)bytes.Length), source, null, options);
    }

    /// <summary>
    /// Writes a network with its weights as an ONNX model, all in one file. A file of that name is replaced once the new one is
    /// complete; on failure it stays as it was.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="weights">Its weights; they are written as fp32.</param>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="metadata">Free text by key, to go with the model.</param>
    /// <param name="outputNames">What the model is to call the network's outputs; null for the names that the network has for them.</param>
    /// <param name="progress">Called with how many more bytes are written; null for none.</param>
    /// <exception cref="ArgumentException">The names are not one for each output, or one is empty, given twice or the input's.</exception>
    /// <exception cref="WeightException">The weights do not fit the network.</exception>
    /// <exception cref="ModelFileException">The file cannot be written, or would be larger than 2 GiB, the most it may be.</exception>
    public static void Save(
        Network network,
        WeightSet weights,
        string path,
        IReadOnlyDictionary<string, string>? metadata = null,
        IReadOnlyList<string>? outputNames = null,
        Action<long>? progress = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            if (Directory.Exists(path))
            {
                throw new ModelFileException($"'{path}' is a folder; name a file in it to write the model to.");
            }

            AtomicFile.Write(path, file => Save(network, weights, progress is null ? file : new CountedStream(file, progress), metadata, outputNames));
        }
        catch (DirectoryNotFoundException e)
        {
            throw new ModelFileException($"Cannot write the model to '{path}': its folder does not exist.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelFileException($"Cannot write the model to '{path}': {e.Message.TrimEnd('.')}; name another file.", e);
        }
    }

    /// <summary>Writes a network with its weights as an ONNX model to a stream; otherwise as the overload for a path.</summary>
    public static void Save(
        Network network, WeightSet weights, Stream stream, IReadOnlyDictionary<string, string>? metadata = null, IReadOnlyList<string>? outputNames = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(stream);
        ModelWriter.Create(network, weights, metadata, outputNames).WriteTo(stream);
    }

    private static ModelFile Load(ReadOnlyMemory<byte> file, string name, string? folder, ModelFileOptions? options)
    {
        try
        {
            return GraphImporter.Import(ModelSource.Parse(file, name, folder), options ?? ModelFileOptions.None);
        }
        catch (UnsupportedException e) when (ModelFormats.DescribeOther(file.Span, new OnnxFormat(), new NetworkFile(), new KerasFormat()) is { } other)
        {
            throw new ModelFileException($"{name} is no ONNX model: {other}.", e);
        }
        catch (UnsupportedException e)
        {
            throw new ModelFileException($"The ONNX model {name} cannot be used: {e.Message}.", e);
        }
        catch (Exception e) when (e is WeightException or NetworkException)
        {
            throw new ModelFileException($"The ONNX model {name} cannot be used: {e.Message}", e);
        }
        catch (Exception e) when (e is OverflowException or OutOfMemoryException)
        {
            throw new ModelFileException($"The ONNX model {name} cannot be used: it asks for tensors that are too large.", e);
        }
    }

    private static byte[] ReadFile(string path)
    {
        using FileStream file = ModelFormats.Open(path, Array.MaxLength);
        try
        {
            byte[] bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return bytes;
        }
        catch (IOException e)
        {
            throw new ModelFileException($"The model {path} cannot be read ({e.Message.TrimEnd('.')}); check the disk.", e);
        }
    }
}
