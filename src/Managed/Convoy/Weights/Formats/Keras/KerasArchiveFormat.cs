namespace Convoy.Weights.Formats.Keras;

/// <summary>The weights in a whole model as Keras 3 saves it.</summary>
internal sealed class KerasArchiveFormat : IWeightFormat
{
    /// <inheritdoc/>
    public string Name => "Keras (zip archive)";

    /// <inheritdoc/>
    public ImmutableArray<string> Endings { get; } = [".keras"];

    /// <inheritdoc/>
    public bool Recognizes(ReadOnlySpan<byte> start, long length) => KerasArchive.Recognizes(ZipSignature.FirstName(start));

    /// <inheritdoc/>
    public WeightContents Read(WeightStorage file)
    {
        KerasArchive archive = KerasArchive.Open(file);
        return Read(archive, archive.ReadConfiguration());
    }

    /// <summary>Reads the weights of a model whose configuration was read already.</summary>
    /// <exception cref="WeightException">The file is malformed.</exception>
    public static WeightContents Read(KerasArchive archive, KerasConfiguration configuration)
    {
        WeightStorage weights = archive.ReadWeights();
        WeightContents contents = KerasH5Format.Read(weights, configuration);
        return contents with { Metadata = archive.ReadMetadata(), Unpacked = [weights, .. contents.Unpacked] };
    }
}
