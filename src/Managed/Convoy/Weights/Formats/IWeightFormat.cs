namespace Convoy.Weights.Formats;

/// <summary>A kind of file that weights are read from. It is added to <see cref="WeightFormats.All"/>, and nowhere else.</summary>
internal interface IWeightFormat
{
    /// <summary>The format's name, as sentences have it: "safetensors".</summary>
    string Name { get; }

    /// <summary>How the names of such files usually end: ".safetensors". Recognising never depends on them.</summary>
    ImmutableArray<string> Endings { get; }

    /// <summary>
    /// Whether a file is of this kind, even if it is damaged further on: true makes <see cref="Read"/> report what is wrong with it.
    /// </summary>
    /// <param name="start">The file's first <see cref="WeightFormats.StartLength"/> bytes, or all of them.</param>
    /// <param name="length">The length of the whole file, in bytes.</param>
    bool Recognizes(ReadOnlySpan<byte> start, long length);

    /// <summary>Finds the tensors of a file that was recognised. Nothing the file says is believed before it is checked.</summary>
    /// <param name="file">The file's bytes; they stay the caller's.</param>
    /// <exception cref="WeightException">It is malformed: see <see cref="WeightException.Unreadable"/>.</exception>
    WeightContents Read(WeightStorage file);
}

/// <summary>A kind of file that weights are written to as well.</summary>
internal interface IWritableWeightFormat : IWeightFormat
{
    /// <summary>Writes weights.</summary>
    /// <param name="destination">The file, empty; it need not be able to seek.</param>
    /// <param name="weights">What to write, and as what.</param>
    /// <exception cref="WeightException">The format cannot hold them; the sentence names the tensor and the rule it breaks.</exception>
    void Write(Stream destination, WrittenWeights weights);
}

/// <summary>What is to be written to a file.</summary>
/// <param name="Tensors">The tensors, in the order in which they are written; their names differ.</param>
/// <param name="Metadata">Free text by key; a format that has no place for it leaves it out.</param>
/// <param name="Type">What tensors of floating point are written as; null leaves each as it is. Others are never changed.</param>
internal sealed record WrittenWeights(IReadOnlyList<WeightTensor> Tensors, IReadOnlyDictionary<string, string> Metadata, ElementType? Type)
{
    /// <summary>The network that has these tensors, under their names and in its own order; null where none is known.</summary>
    public Network? Network { get; init; }

    /// <summary>The file's name, by which some formats have several layouts.</summary>
    public string FileName { get; init; } = "";
}

/// <summary>What a file holds.</summary>
/// <param name="Tensors">Its tensors, in the order of their bytes; their names differ.</param>
/// <param name="Metadata">Its free text by key.</param>
/// <param name="Unpacked">
/// Storages of tensors that do not lie in the file as they are, because it compresses or strides them; whoever has the tensors
/// disposes of these with the file.
/// </param>
internal sealed record WeightContents(
    IReadOnlyList<WeightTensor> Tensors, IReadOnlyDictionary<string, string> Metadata, IReadOnlyList<WeightStorage> Unpacked)
{
    /// <summary>The names of its tensors without an element, which no layer has.</summary>
    public IReadOnlyList<string> Empty { get; init; } = [];
}
