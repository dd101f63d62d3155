using Convoy.Tests.Weights.Caffe;

namespace Convoy.Tests.Fuzzing;

/// <summary>Caffemodels, of either generation.</summary>
public sealed class CaffeFuzz : ReaderFuzz
{
    private protected override int ShortCases => 2000;

    private protected override IReadOnlyList<byte[]> Seeds { get; } =
    [
        CaffeBytes.Net(
            CaffeBytes.Layer("conv", "Convolution", CaffeBytes.Blob([2, 1, 1, 2], 1, 2, 3, 4), CaffeBytes.Blob([2], 5, 6)),
            CaffeBytes.Layer("bn", "BatchNorm", CaffeBytes.Blob([2], 2, 4), CaffeBytes.Blob([2], 6, 8), CaffeBytes.Blob([1], 2)),
            CaffeBytes.Layer("scale", "Scale", "bn", "bn", CaffeBytes.Blob([2], 2, 4), CaffeBytes.DoubleBlob([2], 6, 8))),
        CaffeBytes.Net(CaffeBytes.OldLayer("ip", 14, CaffeBytes.OldBlob([1, 1, 1, 3], 1, 2, 3), CaffeBytes.OldBlob([1, 1, 1, 1], 4))),
    ];

    private protected override void Check(byte[] fuzzCase) => Sentence.ReadOrRefuse<WeightException>(() =>
    {
        using WeightSet weights = WeightSet.Load(fuzzCase, "weights");
        foreach (WeightTensor tensor in weights.Tensors)
        {
            tensor.CopyTo(new float[tensor.Shape.Count]);
        }
    });
}
