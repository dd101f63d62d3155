namespace Convoy.Tests.Weights.Caffe;

/// <summary>Caffemodels that are written: byte by byte, and what they cannot hold.</summary>
public sealed class CaffeWritingTests : FolderFixture
{
    private static readonly float[] Two = [1, 2];

    private string Path => Folder["w.caffemodel"];

    [Test]
    public void The_bytes_of_a_file_are_these()
    {
        using WeightSet weights = WeightSet.FromTensors("test",
        [
            ("bn.bias", new Shape(2), [12, 13]),
            ("conv.weight", new Shape(2, 1, 1, 2), [1, 2, 3, 4]),
            ("bn.running_mean", new Shape(2), [2, 4]),
            ("conv.bias", new Shape(2), [5, 6]),
            ("bn.weight", new Shape(2), [10, 11]),
            ("bn.running_var", new Shape(2), [6, 8]),
            ("bn/scale.weight", new Shape(2), Two),
            ("fc.weight", new Shape(1, 300), [.. Enumerable.Range(0, 300)]),
            ("more.weight", new Shape(2), [0, 1]),
            ("more.blob2", new Shape(2), [2, 3]),
            ("more.bias", new Shape(2), [4, 5]),
        ]);
        weights.Save(Path);
        byte[] net =
        [
            .. CaffeBytes.Text(1, "convoy"),
            .. CaffeBytes.Layer("bn", "BatchNorm", CaffeBytes.Blob([2], 2, 4), CaffeBytes.Blob([2], 6, 8), CaffeBytes.Blob([1], 1)),
            .. CaffeBytes.Layer("bn/scale_", "Scale", "bn", "bn", CaffeBytes.Blob([2], 10, 11), CaffeBytes.Blob([2], 12, 13)),
            .. Layer("conv", "Convolution", CaffeBytes.Blob([2, 1, 1, 2], 1, 2, 3, 4), CaffeBytes.Blob([2], 5, 6)),
            .. Layer("bn/scale", "PReLU", CaffeBytes.Blob([2], 1, 2)),
            .. Layer("fc", "InnerProduct", CaffeBytes.Blob([1, 300], [.. Enumerable.Range(0, 300)])),
            .. Layer("more", "Scale", CaffeBytes.Blob([2], 0, 1), CaffeBytes.Blob([2], 4, 5), CaffeBytes.Blob([2], 2, 3)),
        ];
        Assert.That(File.ReadAllBytes(Path), Is.EqualTo(net));
        using WeightSet read = WeightSet.Open(Path);
        Assert.That(Describe(read), Is.EquivalentTo(Describe(weights)));
    }

    [TestCase("alone", "The tensor 'alone' cannot be written as Caffe's, whose names are LAYER.weight")]
    [TestCase(".weight", "The tensor '.weight' cannot be written as Caffe's, whose names are LAYER.weight")]
    [TestCase("a.blob1", "The tensor 'a.blob1' cannot be written as Caffe's, whose names are LAYER.weight")]
    [TestCase("a.num_batches_tracked", "The tensor 'a.num_batches_tracked' cannot be written as Caffe's, whose names are LAYER.weight")]
    [TestCase("a.bias", "since there is no 'a.weight'")]
    [TestCase("a.running_mean", "has both 'a.running_mean' and 'a.running_var'")]
    public void A_name_of_another_kind_is_refused(string name, string expected) => CheckRefused(expected, (name, new Shape(2), Two));

    [Test]
    public void What_would_be_read_otherwise_is_refused()
    {
        CheckRefused("has a name that is too long", ($"{new string('é', 600)}.weight", new Shape(2), Two));
        CheckRefused("a mean and a variance are vectors", ("a.running_mean", new Shape(1, 2), Two), ("a.running_var", new Shape(2), Two));
        CheckRefused("since there is no 'a.blob2'", ("a.weight", new Shape(2), Two), ("a.bias", new Shape(2), Two), ("a.blob3", new Shape(2), Two));
    }

    [TestCase("F16", "would be Float16, but Caffe's files have single and double precision alone")]
    [TestCase("U16", "is UInt16, but Caffe's files have numbers of single and double precision alone")]
    public void Another_type_is_refused_by_name(string type, string expected)
    {
        byte[] file = SafetensorsBytes.Create($$$"""{"a.weight":{"dtype":"{{{type}}}","shape":[1],"data_offsets":[0,2]}}     """, [1, 2]);
        using WeightSet weights = WeightSet.Load(file, "test");
        Assert.That(() => weights.Save(Path, type: null), Throws.TypeOf<WeightException>().With.Message.Contains($"The tensor 'a.weight' {expected}"));
        Assert.That(File.Exists(Path), Is.False);
    }

    private void CheckRefused(string expected, params (string Name, Shape Shape, float[] Values)[] tensors)
    {
        using WeightSet weights = WeightSet.FromTensors("test", tensors);
        Assert.That(() => weights.Save(Path), Throws.TypeOf<WeightException>().With.Message.Contains(expected));
        Assert.That(File.Exists(Path), Is.False);
    }

    /// <summary>A layer that says nothing of what it reads and gives.</summary>
    private static byte[] Layer(string name, string type, params byte[][] blobs) =>
        CaffeBytes.Field(100, [.. CaffeBytes.Text(1, name), .. CaffeBytes.Text(2, type), .. blobs.SelectMany(blob => CaffeBytes.Field(7, blob))]);

    private static IEnumerable<string> Describe(WeightSet weights) =>
        weights.Tensors.Select(tensor => $"{tensor} {Convert.ToHexString(StoredBytes.Of(tensor))}");
}
