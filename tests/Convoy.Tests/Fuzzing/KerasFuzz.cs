using Convoy.ModelFiles;
using Convoy.Tests.Weights.Keras;

namespace Convoy.Tests.Fuzzing;

/// <summary>Keras' models and weights, in HDF5 and in zip archives: as weights, and as whole models.</summary>
public sealed class KerasFuzz : ReaderFuzz
{
    private const string Source = "model";

    private protected override int ShortCases => 2000;

    // Numbers may be packed 16 to 1, and are put in order twice: by their layer's, and by the feature map's in front of it.
    private protected override long AllocatedPerByte => 200;

    private protected override IReadOnlyList<byte[]> Seeds { get; } =
        [.. Directory.GetFiles(KerasFixture.Folder).Order(StringComparer.Ordinal).Where(file => Path.GetFileName(file) != "groups.h5").Select(File.ReadAllBytes)];

    private protected override void Check(byte[] fuzzCase)
    {
        Sentence.ReadOrRefuse<WeightException>(() =>
        {
            using WeightSet weights = WeightSet.Load(fuzzCase, Source);
            ReadAll(weights);
        });
        Sentence.ReadOrRefuse<Convoy.ConvoyException>(() =>
        {
            using ModelFile model = KerasFormat.Load(new HeapStorage(Source, fuzzCase), ModelFileOptions.None);
            ReadAll(model.Weights!);
        });
    }

    private static void ReadAll(WeightSet weights)
    {
        foreach (WeightTensor tensor in weights.Tensors)
        {
            tensor.CopyTo(new float[tensor.Shape.Count]);
        }
    }
}
