using System.Security.Cryptography;
using Convoy.Models;

namespace Convoy.Tests.Weights;

public class RandomWeightsTests
{
    // Several blocks of several tensors, one of them normalisation's.
    private static readonly Network Wide = new NetworkBuilder("wide", Shape.Image(4, 9, 9))
        .Convolution("conv1", 32, kernel: 3, padding: 1)
        .BatchNormalization("norm1")
        .Relu("relu1")
        .FullyConnected("fc2", 128, activation: Activation.Tanh)
        .FullyConnected("fc3", 512)
        .Build();

    [TestCase(1, "18A7F29359C54FAD")]
    public void The_numbers_of_a_seed_are_these(int seed, string expected)
    {
        using var weights = WeightSet.Random(Wide, seed);
        Assert.That(Fingerprint(weights), Is.EqualTo(expected));
    }

    [Test]
    public void Saved_and_read_again_they_are_the_same()
    {
        using var folder = new TemporaryFolder();
        using var weights = WeightSet.Random(LeNet5.Create(), 7);
        weights.Save(folder["a.safetensors"]);
        using var read = WeightSet.Open(folder["a.safetensors"]);
        Assert.That(() => read.Validate(LeNet5.Create()), Throws.Nothing);
        Assert.That(Fingerprint(read), Is.EqualTo(Fingerprint(weights)));
        Assert.That(read.Metadata["seed"], Is.EqualTo("7"));
        Assert.That(weights.Source, Is.EqualTo("random (seed 7)"));
    }

    [Test]
    public void Slopes_lie_around_a_quarter_and_apart()
    {
        Network network = new NetworkBuilder("slopes", Shape.Image(1000, 1, 1)).ParametricRelu("prelu").Build();
        using var weights = WeightSet.Random(network, 3);
        float[] slopes = new float[1000];
        weights.Tensors.Single().CopyTo(slopes);
        Assert.That(slopes.Average(), Is.EqualTo(0.25f).Within(0.02f));
        Assert.That(slopes, Is.Unique);
    }

    [Test]
    public void Threads_do_not_matter()
    {
        float[] together = NormalNumbers.Create(3, "x", 300_001);
        float[] alone = [];
        var thread = new Thread(() => alone = NormalNumbers.Create(3, "x", 300_001));
        thread.Start();
        float[] again = NormalNumbers.Create(3, "x", 300_001);
        thread.Join();
        Assert.That(again, Is.EqualTo(together));
        Assert.That(alone, Is.EqualTo(together));
    }

    [Test]
    public void A_shorter_tensor_is_the_beginning_of_a_longer_one()
    {
        float[] longer = NormalNumbers.Create(3, "x", 200_000);
        Assert.That(NormalNumbers.Create(3, "x", 70_001), Is.EqualTo(longer[..70_001]));
    }

    [Test]
    public void Another_seed_or_name_gives_other_numbers()
    {
        float[][] streams =
        [
            NormalNumbers.Create(1, "a", 100), NormalNumbers.Create(2, "a", 100), NormalNumbers.Create(-1, "a", 100),
            NormalNumbers.Create(1, "b", 100), NormalNumbers.Create(1, "a", 65_636)[65_536..],
        ];
        Assert.That(streams.SelectMany(stream => stream).Distinct().Count(), Is.GreaterThan(495));
    }

    [Test]
    public void The_normal_numbers_have_the_moments_of_their_distribution()
    {
        double[] values = [.. NormalNumbers.Create(5, "moments", 1_000_000).Select(value => (double)value)];
        Assert.That(values.Average(), Is.EqualTo(0).Within(0.004));
        Assert.That(values.Average(value => value * value), Is.EqualTo(1).Within(0.006));
        Assert.That(values.Average(value => value * value * value), Is.EqualTo(0).Within(0.01));
        Assert.That(values.Average(value => Math.Pow(value, 4)), Is.EqualTo(3).Within(0.04));

        // Neighbours come from one radius and one angle, and must not show it.
        Assert.That(values.Zip(values.Skip(1), (left, right) => left * right).Average(), Is.EqualTo(0).Within(0.004));
        foreach ((double bound, double share) in new[] { (-2, 0.022750), (-1, 0.158655), (0, 0.5), (0.5, 0.691462), (1.5, 0.933193), (3, 0.998650) })
        {
            Assert.That(values.Count(value => value < bound) / 1e6, Is.EqualTo(share).Within(0.002), $"below {bound}");
        }
    }

    [Test]
    public void Deviations_follow_the_fan_in_and_the_activation_behind()
    {
        using var weights = WeightSet.Random(Wide, 1);
        CheckMoments(weights, "conv1.weight", 0, Math.Sqrt(2.0 / (4 * 9)));
        CheckMoments(weights, "fc2.weight", 0, Math.Sqrt(1.0 / (32 * 81)));
        CheckMoments(weights, "fc3.weight", 0, Math.Sqrt(2.0 / 128));
        CheckMoments(weights, "fc3.bias", 0, 0.01);
    }

    [Test]
    public void A_tanh_behind_pooling_counts_too()
    {
        Network network = new NetworkBuilder("late", Shape.Image(4, 8, 8))
            .Convolution("conv1", 64, kernel: 3)
            .AveragePool("pool1", 2, stride: 2)
            .Tanh("tanh1")
            .Build();
        using var weights = WeightSet.Random(network, 1);
        CheckMoments(weights, "conv1.weight", 0, Math.Sqrt(1.0 / (4 * 9)));
    }

    [Test]
    public void Batch_normalisation_is_near_the_identity_with_a_positive_variance()
    {
        using var weights = WeightSet.Random(Wide, 1);
        Assert.That(Read(weights, "norm1.weight"), Is.All.InRange(0.4f, 1.6f));
        Assert.That(Read(weights, "norm1.bias"), Is.All.InRange(-0.6f, 0.6f));
        Assert.That(Read(weights, "norm1.running_mean"), Is.All.InRange(-0.6f, 0.6f));
        Assert.That(Read(weights, "norm1.running_var"), Is.All.InRange(0.2f, 2.5f));
        Assert.That(Read(weights, "norm1.weight").Distinct().Count(), Is.GreaterThan(30));
    }

    [Test]
    public void A_tensor_beyond_two_gibibytes_is_refused()
    {
        Network network = new NetworkBuilder("huge", Shape.Vector(1 << 20)).FullyConnected("fc1", 1 << 10).Build();
        Assert.That(
            () => WeightSet.Random(network, 1),
            Throws.TypeOf<WeightException>().With.Message.Contains("'fc1.weight' of shape [1024, 1048576] is larger than 2 GiB"));
    }

    private static void CheckMoments(WeightSet weights, string name, double mean, double deviation)
    {
        float[] values = Read(weights, name);
        double average = values.Average(value => (double)value);
        double spread = Math.Sqrt(values.Average(value => (value - average) * (value - average)));
        Assert.That(average, Is.EqualTo(mean).Within(4 * deviation / Math.Sqrt(values.Length)), name);
        Assert.That(spread, Is.EqualTo(deviation).Within(4 * deviation / Math.Sqrt(2.0 * values.Length)), name);
    }

    private static float[] Read(WeightSet weights, string name)
    {
        Assert.That(weights.TryGet(name, out WeightTensor? tensor), Is.True, name);
        float[] values = new float[tensor!.Shape.Count];
        tensor.CopyTo(values);
        return values;
    }

    private static string Fingerprint(WeightSet weights)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (WeightTensor tensor in weights.Tensors)
        {
            hash.AppendData(StoredBytes.Of(tensor));
        }

        return Convert.ToHexString(hash.GetHashAndReset())[..16];
    }
}
