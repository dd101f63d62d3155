using System.Text;
using Convoy.Weights.Formats.Hdf5;

namespace Convoy.Weights.Formats.Keras;

/// <summary>Keras' weights in HDF5: those of a model, or a whole model with its configuration.</summary>
internal sealed class KerasH5Format : IWritableWeightFormat
{
    /// <inheritdoc/>
    public string Name => "Keras (HDF5)";

    /// <inheritdoc/>
    public ImmutableArray<string> Endings { get; } = [".h5", ".hdf5"];

    /// <inheritdoc/>
    public bool Recognizes(ReadOnlySpan<byte> start, long length) => Hdf5File.Recognizes(start);

    /// <inheritdoc/>
    public WeightContents Read(WeightStorage file) => Read(file, configuration: null);

    /// <inheritdoc/>
    public void Write(Stream destination, WrittenWeights weights)
    {
        Network network = weights.Network ?? throw new WeightException(
            "Weights for Keras are written for a network alone, which says what their arrays are and in which order; name it ('convoy convert --model', or FitTo before saving).");
        Hdf5Writer.Write(destination, KerasTreeWriter.Write(KerasSaving.ToLayers(network, weights.Tensors), weights.FileName, weights.Type));
    }

    /// <summary>Reads the weights of a model whose configuration is known, or stands in the file, or is neither.</summary>
    /// <exception cref="WeightException">The file is malformed.</exception>
    public static WeightContents Read(WeightStorage file, KerasConfiguration? configuration)
    {
        Hdf5Object root = Hdf5File.Open(file).Root;
        configuration ??= ReadConfiguration(file.Source, root);
        return KerasTensors.Read(file, KerasTree.Read(root, file.Source, configuration), ReadMetadata(root));
    }

    /// <summary>The configuration in a file; null where it has none.</summary>
    /// <exception cref="WeightException">The file is malformed.</exception>
    public static KerasConfiguration? ReadConfiguration(WeightStorage file) => ReadConfiguration(file.Source, Hdf5File.Open(file).Root);

    private static KerasConfiguration? ReadConfiguration(string source, Hdf5Object root) =>
        root.FindTexts("model_config") is [var text] ? KerasConfiguration.Parse(Encoding.UTF8.GetBytes(text), source) : null;

    private static Dictionary<string, string> ReadMetadata(Hdf5Object root)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        Hdf5Object listed = KerasTree.FindListed(root);
        foreach (string key in (ReadOnlySpan<string>)["keras_version", "backend"])
        {
            if ((root.FindTexts(key) ?? listed.FindTexts(key)) is [var value])
            {
                metadata[key] = value;
            }
        }

        return metadata;
    }
}
