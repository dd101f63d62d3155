using Convoy.Weights.Formats.Hdf5;

namespace Convoy.Tests.Weights.Keras;

/// <summary>Weights that h5py wrote in Keras' layouts have their numbers, their names, and their axes in our order.</summary>
public sealed class KerasReadingTests
{
    [Test]
    public void Every_layout_has_the_same_tensors([Values(
        "keras2-model.h5", "keras2-functional.h5", "keras2-packed.h5", "keras3-legacy-f64.h5", "newest.h5", "keras3.weights.h5",
        "keras2.13.weights.h5", "loop.weights.h5", "keras3-sequential.keras", "keras3-functional.keras")] string file)
    {
        using WeightSet fromFile = WeightSet.Open(KerasFixture.Path(file));
        CheckTensors(fromFile, hasGamma: file.EndsWith(".weights.h5", StringComparison.Ordinal));
        using WeightSet fromMemory = WeightSet.Load(File.ReadAllBytes(KerasFixture.Path(file)), file);
        CheckTensors(fromMemory, hasGamma: file.EndsWith(".weights.h5", StringComparison.Ordinal));
    }

    [Test]
    public void What_need_not_be_turned_is_read_where_it_lies()
    {
        using WeightSet weights = WeightSet.Open(KerasFixture.Path("keras2-model.h5"));
        Assert.That(weights.TryGet("dense.bias", out WeightTensor? bias), Is.True);
        Assert.That(bias!.ElementType, Is.EqualTo(Convoy.Tensors.ElementType.Float32));
        using WeightSet newest = WeightSet.Open(KerasFixture.Path("newest.h5"));
        Assert.That(newest.TryGet("dense.weight", out WeightTensor? kernel), Is.True);
        Assert.That(kernel!.ElementType, Is.EqualTo(Convoy.Tensors.ElementType.Float16));
    }

    [Test]
    public void Three_arrays_of_a_batch_normalisation_are_not_guessed_at() =>
        Assert.That(
            () => WeightSet.Open(KerasFixture.Path("unsaid.weights.h5")),
            Throws.TypeOf<WeightException>().With.Message.EndsWith(
                "its layer 'batch_normalization' is a batch normalisation with 3 arrays, and only the whole model says which; save it as .keras."));

    [Test]
    public void The_writer_is_in_the_metadata()
    {
        using WeightSet weights = WeightSet.Open(KerasFixture.Path("keras2-model.h5"));
        Assert.That(weights.Metadata["keras_version"], Is.EqualTo("2.4.0"));
        Assert.That(weights.Metadata["backend"], Is.EqualTo("tensorflow"));
    }

    [TestCase("table")]
    [TestCase("heap")]
    public void A_group_may_have_hundreds_of_members_and_many_attributes(string name)
    {
        using var storage = new HeapStorage("groups", File.ReadAllBytes(KerasFixture.Path("groups.h5")));
        Hdf5Object group = Hdf5File.Open(storage).Root.Find(name)!;
        Assert.That(group.Names, Is.EquivalentTo(Enumerable.Range(0, 700).Select(i => $"member {i}")));
        Assert.That(group.Find("member 699")!.Path, Is.EqualTo($"/{name}/member 699"));
        for (int i = 0; i < 40; i++)
        {
            Assert.That(group.FindTexts($"attribute {i}"), Is.EqualTo(new[] { $"text {i}" }));
        }
    }

    private static void CheckTensors(WeightSet weights, bool hasGamma)
    {
        (string Name, Shape Shape, float[] Values)[] expected = [.. KerasFixture.Tensors(hasGamma)];
        Assert.That(weights.Tensors.Select(tensor => tensor.Name), Is.EquivalentTo(expected.Select(tensor => tensor.Name)));
        foreach ((string name, Shape shape, float[] values) in expected)
        {
            Assert.That(weights.TryGet(name, out WeightTensor? tensor), Is.True);
            Assert.That(tensor!.Shape, Is.EqualTo(shape), name);
            float[] read = new float[shape.Count];
            tensor.CopyTo(read);
            Assert.That(read, Is.EqualTo(values), name);
        }
    }
}
