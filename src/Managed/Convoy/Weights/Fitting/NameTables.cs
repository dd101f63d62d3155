namespace Convoy.Weights.Fitting;

/// <summary>
/// What published models call the layers of networks that have other names here. A table is used where the file has all
/// of its layers and the network all of those it maps to; the shapes then have to be right as ever.
/// </summary>
internal static class NameTables
{
    private static readonly ImmutableArray<NameTable> All =
    [
        new("torchvision's AlexNet", [
            ("features.0", "conv1"), ("features.3", "conv2"), ("features.6", "conv3"), ("features.8", "conv4"), ("features.10", "conv5"),
            ("classifier.1", "fc6"), ("classifier.4", "fc7"), ("classifier.6", "fc8")]),
        new("Caffe's AlexNet", [
            ("conv1", "features.0"), ("conv2", "features.3"), ("conv3", "features.6"), ("conv4", "features.8"), ("conv5", "features.10"),
            ("fc6", "classifier.1"), ("fc7", "classifier.4"), ("fc8", "classifier.6")]),
        new("Caffe's SqueezeNet 1.1", [
            ("conv1", "features.0"), .. Fire(2, 3), .. Fire(3, 4), .. Fire(4, 6), .. Fire(5, 7), .. Fire(6, 9), .. Fire(7, 10), .. Fire(8, 11),
            .. Fire(9, 12), ("conv10", "classifier.1")]),
        new("Keras' names for LeNet-5", [
            ("conv2d", "conv1"), ("conv2d_1", "conv2"), ("conv2d_2", "conv3"), ("dense", "fc1"), ("dense_1", "fc2")]),
        new("Keras' names for AlexNet", [
            ("conv2d", "conv1"), ("conv2d_1", "conv2"), ("conv2d_2", "conv3"), ("conv2d_3", "conv4"), ("conv2d_4", "conv5"),
            ("dense", "fc6"), ("dense_1", "fc7"), ("dense_2", "fc8")]),
    ];

    /// <summary>The tensors as the first table that applies maps them; null where none does.</summary>
    public static NameAssignment? Find(Dictionary<string, WeightTensor> byName, ImmutableArray<NeededTensor> needed) =>
        All.Select(table => table.TryAssign(byName, needed)).FirstOrDefault(names => names is not null);

    private static (string InFile, string InNetwork)[] Fire(int inCaffe, int inTorchvision) =>
    [
        ($"fire{inCaffe}/squeeze1x1", $"features.{inTorchvision}.squeeze"),
        ($"fire{inCaffe}/expand1x1", $"features.{inTorchvision}.expand1x1"),
        ($"fire{inCaffe}/expand3x3", $"features.{inTorchvision}.expand3x3"),
    ];

    private sealed record NameTable(string Title, ImmutableArray<(string InFile, string InNetwork)> Layers)
    {
        public NameAssignment? TryAssign(Dictionary<string, WeightTensor> byName, ImmutableArray<NeededTensor> needed)
        {
            Dictionary<string, string> inFile = Layers.ToDictionary(each => each.InNetwork, each => each.InFile, StringComparer.Ordinal);
            var found = new Dictionary<string, WeightTensor>(StringComparer.Ordinal);
            foreach (NeededTensor each in needed)
            {
                if (!inFile.TryGetValue(each.Node.Name, out string? layer) || !byName.TryGetValue($"{layer}.{each.Parameter.Name}", out WeightTensor? tensor))
                {
                    return null;
                }

                found.Add(each.Name, tensor);
            }

            return new(WeightNaming.Table, $"its names are {Title}", found);
        }
    }
}
