namespace Convoy.Weights.Formats;

/// <summary>One NumPy array (npy), which has no name but its file's.</summary>
internal sealed class NpyFormat : IWritableWeightFormat
{
    /// <inheritdoc/>
    public string Name => "NumPy's npy";

    /// <inheritdoc/>
    public ImmutableArray<string> Endings { get; } = [".npy"];

    /// <inheritdoc/>
    public bool Recognizes(ReadOnlySpan<byte> start, long length) => NpyHeader.Recognizes(start);

    /// <inheritdoc/>
    public WeightContents Read(WeightStorage file)
    {
        try
        {
            var arranged = new List<WeightStorage>();
            string name = Path.GetFileNameWithoutExtension(file.Source);
            WeightTensor? tensor = NpyArray.Find(name, file, arranged);
            return new(tensor is null ? [] : [tensor], new Dictionary<string, string>(), arranged) { Empty = tensor is null ? [name] : [] };
        }
        catch (FileFaultException e)
        {
            throw WeightException.Unreadable(file.Source, e.Message, e);
        }
    }

    /// <inheritdoc/>
    public void Write(Stream destination, WrittenWeights weights)
    {
        if (weights.Tensors is not [var only])
        {
            throw new WeightException(FormattableString.Invariant($"A file of {Name} holds one tensor, but there are {weights.Tensors.Count:N0}; write an npz or safetensors file."));
        }

        NpyArray.Write(destination, only, TensorBytes.TypeInFile(only, weights.Type));
    }
}
