namespace Convoy.Tests.Weights;

public class SafetensorsReadingTests
{
    private const string Header =
        """{"__metadata__":{"by":"hand"},"b":{"dtype":"F16","shape":[2],"data_offsets":[8,12]},"a":{"shape":[1,2],"data_offsets":[0,8],"dtype":"F32"}}""";

    private static readonly byte[] Data = [0x00, 0x00, 0x80, 0x3F, 0x00, 0x00, 0x20, 0xC0, 0x00, 0x3C, 0x00, 0xC0];

    [Test]
    public void A_file_written_by_hand_is_read()
    {
        using var folder = new TemporaryFolder();
        string path = folder["a.safetensors"];
        File.WriteAllBytes(path, SafetensorsBytes.Create(Header, Data));
        using var weights = WeightSet.Open(path);
        Assert.That(weights.Source, Is.EqualTo(path));
        CheckContents(weights);
    }

    [Test]
    public void A_file_written_by_hand_is_read_from_memory()
    {
        using var weights = WeightSet.Load(SafetensorsBytes.Create(Header, Data), "by hand");
        Assert.That(weights.Source, Is.EqualTo("by hand"));
        CheckContents(weights);
    }

    [Test]
    public void A_file_written_by_hand_is_read_from_a_stream()
    {
        using var stream = new MemoryStream(SafetensorsBytes.Create(Header, Data));
        using var weights = WeightSet.Load(stream, "by hand");
        CheckContents(weights);
    }

    [Test]
    public void Data_at_an_odd_address_is_read([Values(0, 1, 2, 3)] int blanks)
    {
        using var folder = new TemporaryFolder();
        string path = folder["a.safetensors"];
        File.WriteAllBytes(path, SafetensorsBytes.Create(Header + new string(' ', blanks), Data));
        using var weights = WeightSet.Open(path);
        CheckContents(weights);
    }

    [Test]
    public void A_scalar_and_eight_extents_are_read()
    {
        const string Header =
            """{"s":{"dtype":"BF16","shape":[],"data_offsets":[0,2]},"e":{"dtype":"F16","shape":[1,1,1,1,1,1,1,2],"data_offsets":[2,6]}}""";
        using var weights = WeightSet.Load(SafetensorsBytes.Create(Header, [0x80, 0x3F, 0, 0x3C, 0, 0xC0]), "test");
        Assert.That(weights.Tensors.Select(tensor => tensor.Shape.Rank), Is.EqualTo(new[] { 0, 8 }));
        Assert.That(Read(weights, "s"), Is.EqualTo(new[] { 1f }));
        Assert.That(Read(weights, "e"), Is.EqualTo(new[] { 1f, -2f }));
    }

    [Test]
    public void A_file_without_tensors_is_an_empty_set()
    {
        using var weights = WeightSet.Load(SafetensorsBytes.Create("{}", []), "test");
        Assert.That(weights.Tensors, Is.Empty);
    }

    [Test]
    public void A_tensor_is_copied_only_into_a_span_of_its_length([Values(1, 3)] int length)
    {
        using var weights = WeightSet.Load(SafetensorsBytes.Create(Header, Data), "test");
        Assert.That(weights.TryGet("a", out WeightTensor? tensor), Is.True);
        Assert.That(
            () => tensor!.CopyTo(new float[length]),
            Throws.ArgumentException.With.Message.Contains($"'a' of shape [1, 2] has 2 elements, but the span holds {length}"));
        Assert.That(
            () => tensor!.CopyBytesTo(new byte[length]),
            Throws.ArgumentException.With.Message.Contains($"'a' of shape [1, 2] has 8 bytes, but the span holds {length}"));
    }

    [Test]
    public void Other_types_are_listed_and_only_floating_point_is_read_as_numbers()
    {
        const string Header =
            """{"n":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"d":{"dtype":"F64","shape":[3],"data_offsets":[8,32]},"e":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[32,34]},"b":{"dtype":"BOOL","shape":[1],"data_offsets":[34,35]}}""";
        byte[] data =
        [
            7, 0, 0, 0, 0, 0, 0, 0, .. BitConverter.GetBytes(1.1), .. BitConverter.GetBytes(-1e300), .. BitConverter.GetBytes(1e-300), 1, 2, 1,
        ];
        using var weights = WeightSet.Load(SafetensorsBytes.Create(Header, data), "test");
        Assert.That(
            weights.Tensors.Select(tensor => tensor.ElementType),
            Is.EqualTo(new[] { ElementType.Int64, ElementType.Float64, ElementType.Other, ElementType.Boolean }));
        Assert.That(Read(weights, "d"), Is.EqualTo(new[] { 1.1f, float.NegativeInfinity, 0f }));
        foreach ((string name, string type) in new[] { ("n", "Int64"), ("e", "F8_E4M3"), ("b", "Boolean") })
        {
            Assert.That(weights.TryGet(name, out WeightTensor? tensor), Is.True);
            Assert.That(
                () => tensor!.CopyTo(new float[tensor.Shape.Count]),
                Throws.TypeOf<WeightException>().With.Message.EqualTo(
                    $"The tensor '{name}' of test is {type}, but only floating-point numbers of 16 to 64 bits can be weights."));
        }

        Network network = new NetworkBuilder("small", Shape.Vector(1)).FullyConnected("fc", 1, bias: false).Build();
        using var integers = WeightSet.Load(
            SafetensorsBytes.Create("""{"fc.weight":{"dtype":"I8","shape":[1,1],"data_offsets":[0,1]}}""", [1]), "test");
        Assert.That(
            () => integers.Validate(network),
            Throws.TypeOf<WeightException>().With.Message.EqualTo("'fc.weight' is Int8 in test, but the network 'small' needs floating-point numbers."));
    }

    private static void CheckContents(WeightSet weights)
    {
        Assert.That(weights.Tensors.Select(tensor => tensor.Name), Is.EqualTo(new[] { "a", "b" }), "the order of the bytes, not of the header");
        Assert.That(weights.Tensors.Select(tensor => tensor.ElementType), Is.EqualTo(new[] { ElementType.Float32, ElementType.Float16 }));
        Assert.That(weights.Tensors.Select(tensor => tensor.Shape), Is.EqualTo(new[] { new Shape(1, 2), new Shape(2) }));
        Assert.That(weights.Metadata, Is.EqualTo(new Dictionary<string, string> { ["by"] = "hand" }));
        Assert.That(Read(weights, "a"), Is.EqualTo(new[] { 1f, -2.5f }));
        Assert.That(Read(weights, "b"), Is.EqualTo(new[] { 1f, -2f }));
        Assert.That(weights.TryGet("c", out _), Is.False);
        Assert.That(weights.TryGet("b", out WeightTensor? tensor), Is.True);
        Assert.That(StoredBytes.Of(tensor!), Is.EqualTo(Data[8..]));
    }

    private static float[] Read(WeightSet weights, string name)
    {
        Assert.That(weights.TryGet(name, out WeightTensor? tensor), Is.True);
        float[] values = new float[tensor!.Shape.Count];
        tensor.CopyTo(values);
        return values;
    }
}
