using Convoy.ModelFiles.Keras;
using Convoy.Weights;
using Convoy.Weights.Fitting;
using Convoy.Weights.Formats;
using Convoy.Weights.Formats.Hdf5;
using Convoy.Weights.Formats.Keras;

namespace Convoy.ModelFiles;

/// <summary>Whole models that Keras 2 and 3 save: in HDF5, or as a ".keras" archive.</summary>
public sealed class KerasFormat : IModelFormat
{
    /// <inheritdoc/>
    public string Name => "a Keras model";

    /// <inheritdoc/>
    public bool Recognizes(ReadOnlySpan<byte> start, long length) =>
        Hdf5File.Recognizes(start) || KerasArchive.Recognizes(ZipSignature.FirstName(start));

    /// <inheritdoc/>
    public ModelFile Load(string path, ModelFileOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(options);
        try
        {
            return Load(FileStorage.Open(path), options);
        }
        catch (Exception e) when (e is WeightException or NetworkException)
        {
            string message = e.Message.Contains(path, StringComparison.Ordinal) ? e.Message : $"{path}: {e.Message}";
            throw new ModelFileException(message, e);
        }
    }

    /// <summary>Reads a model out of a storage, which is then the model's.</summary>
    internal static ModelFile Load(WeightStorage file, ModelFileOptions options)
    {
        WeightSet? weights = null;
        try
        {
            (KerasConfiguration model, bool isKeras3, Func<WeightContents> read) = Open(file);
            var (network, inputs, outputs, turned) = KerasNetwork.Build(model, isKeras3, options, file.Source);
            options.ThrowIfUnlike(file.Source, inputs);
            WeightContents contents = read();
            weights = WeightSet.Of(file, Turn(contents, turned, file.Source));
            WeightFit fit = weights.FitTo(network);
            return new ModelFile
            {
                Network = network,
                Weights = fit.Weights,
                Fit = fit,
                Inputs = inputs,
                Outputs = outputs,
                Metadata = contents.Metadata,
            };
        }
        catch
        {
            weights?.Dispose();
            file.Dispose();
            throw;
        }
    }

    private static (KerasConfiguration Model, bool IsKeras3, Func<WeightContents> Read) Open(WeightStorage file)
    {
        byte[] start = new byte[Math.Min(file.Length, IModelFormat.StartLength)];
        file.Read(0, start);
        if (!Hdf5File.Recognizes(start))
        {
            KerasArchive archive = KerasArchive.Open(file);
            KerasConfiguration inArchive = archive.ReadConfiguration();

            // Keras 2.12 and later write such archives too.
            bool isKeras2 = archive.ReadMetadata().GetValueOrDefault("keras_version")?.StartsWith("2.", StringComparison.Ordinal) ?? false;
            return (inArchive, !isKeras2, () => KerasArchiveFormat.Read(archive, inArchive));
        }

        KerasConfiguration model = KerasH5Format.ReadConfiguration(file) ?? throw new ModelFileException(
            $"{file.Source} has the weights of a Keras model, but not its configuration; give them with --weights to a network, or save the whole model as .keras.")
        {
            IsOfWeights = true,
        };
        WeightContents contents = KerasH5Format.Read(file, model);
        bool isKeras3 = contents.Metadata.GetValueOrDefault("keras_version")?.StartsWith('3') ?? false;
        return (model, isKeras3, () => contents);
    }

    private static WeightContents Turn(WeightContents contents, Dictionary<string, Shape> turned, string source)
    {
        var storages = new List<WeightStorage>(contents.Unpacked);
        var tensors = new List<WeightTensor>(contents.Tensors.Count);
        Dictionary<string, Shape> maps = turned.ToDictionary(each => $"{each.Key}.weight", each => each.Value, StringComparer.Ordinal);
        foreach (WeightTensor tensor in contents.Tensors)
        {
            bool isTurned = maps.TryGetValue(tensor.Name, out Shape map) && tensor.Shape.Rank == 2 && tensor.Shape[1] == map.Count;
            (WeightTensor used, WeightStorage? made) = isTurned ? FlatteningOrder.Turn(tensor, new FeatureOrder.Flattened(map), source) : (tensor, null);
            tensors.Add(used.WithoutChannelsLast());
            if (made is not null)
            {
                storages.Add(made);
            }
        }

        return contents with { Tensors = tensors, Unpacked = storages };
    }
}
