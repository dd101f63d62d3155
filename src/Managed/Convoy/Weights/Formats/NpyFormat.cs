namespace Convoy.Weights.Formats;

/// <summary>One NumPy array (npy), which has no name but its file's.</summary>
internal sealed class NpyFormat : IWeightFormat
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
            WeightTensor? tensor = NpyArray.Find(Path.GetFileNameWithoutExtension(file.Source), file, arranged);
            return new(tensor is null ? [] : [tensor], new Dictionary<string, string>(), arranged);
        }
        catch (FileFaultException e)
        {
            throw WeightException.Unreadable(file.Source, e.Message, e);
        }
    }
}
