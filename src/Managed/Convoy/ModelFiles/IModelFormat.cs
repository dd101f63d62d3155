using Convoy.Weights;

namespace Convoy.ModelFiles;

/// <summary>A kind of file that networks are read from. A program has a list of those it takes; each is recognised by content, not by name.</summary>
public interface IModelFormat
{
    /// <summary>How many of a file's first bytes formats are recognised by.</summary>
    const int StartLength = 4096;

    /// <summary>The format's name, as sentences have it: "ONNX".</summary>
    string Name { get; }

    /// <summary>
    /// Whether a file is of this kind, even if it is damaged further on: true makes <see cref="Load"/> report what is wrong with it.
    /// </summary>
    /// <param name="start">The file's first <see cref="StartLength"/> bytes, or all of them.</param>
    /// <param name="length">The length of the whole file, in bytes.</param>
    bool Recognizes(ReadOnlySpan<byte> start, long length);

    /// <summary>Reads a file that was recognised. Nothing the file says is believed before it is checked.</summary>
    /// <exception cref="ModelFileException">It is malformed, or asks for what Convoy has not; one sentence that names the file and the fault.</exception>
    ModelFile Load(string path, ModelFileOptions options);
}

/// <summary>What the caller knows of a model that its file leaves open.</summary>
public sealed record ModelFileOptions
{
    /// <summary>Nothing.</summary>
    public static ModelFileOptions None { get; } = new();

    /// <summary>
    /// The extents of inputs, by their names, the batch first: where the file has symbols for them. The name "" stands for the only input.
    /// </summary>
    public IReadOnlyDictionary<string, ImmutableArray<int>> InputShapes { get; init; } = new Dictionary<string, ImmutableArray<int>>();

    /// <summary>Holds the shapes to a model that was read: each is for an input that there is, and as it is.</summary>
    /// <exception cref="ModelFileException">One is not.</exception>
    internal void ThrowIfUnlike(string path, ImmutableArray<ModelPort> inputs)
    {
        foreach ((string name, ImmutableArray<int> given) in InputShapes)
        {
            ModelPort input = inputs.FirstOrDefault(each => each.Name == name || (name.Length == 0 && inputs.Length == 1)) ?? throw new ModelFileException(
                $"{path} has no input {WeightException.Quote(name)}, for which there is a shape; its inputs are {string.Join(", ", inputs.Take(5).Select(each => WeightException.Quote(each.Name)))}.");
            if (given.Length != input.Extents.Length + 1 || !given.AsSpan()[1..].SequenceEqual(input.Extents.AsSpan()))
            {
                throw new ModelFileException(
                    $"{path}: its input {WeightException.Quote(input.Name)} has the extents [N, {string.Join(", ", input.Extents)}], which {string.Join('x', given)} does not fit.");
            }
        }
    }
}

/// <summary>A model file cannot be used. The message is one sentence: which file, what is wrong, and what to do.</summary>
public sealed class ModelFileException : ConvoyException
{
    /// <summary>Creates an exception with the sentence that a user sees.</summary>
    public ModelFileException(string message)
        : base(message)
    {
    }

    /// <summary>Creates an exception with the sentence that a user sees, and its cause.</summary>
    public ModelFileException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Whether the file is whole, but holds weights without a network: they can be read as a <see cref="Weights.WeightSet"/>.</summary>
    public bool IsOfWeights { get; init; }
}
