using Convoy.Backends.Native;
using Convoy.Models;
using Convoy.Tests.Cases;

namespace Convoy.Tests.Runtime;

/// <summary>Weights in 16 bits: how far answers change, what becomes smaller, and what is refused.</summary>
public sealed class WeightPrecisionTests
{
    private const int Inputs = 300;
    private const int Images = 7;

    // Half a unit in the last of 11 and of 8 significant bits: no weight changes by more of itself.
    private const double Float16Error = 4.9e-4;
    private const double BFloat16Error = 3.91e-3;

    private static readonly Network Dense = new NetworkBuilder("dense", Shape.Vector(Inputs))
        .FullyConnected("fc1", 130, activation: Activation.Relu)
        .FullyConnected("fc2", 33)
        .Build();

    [TestCase(WeightPrecision.Float16)]
    [TestCase(WeightPrecision.BFloat16)]
    public void Answers_are_those_of_weights_rounded_to_nearest_even(WeightPrecision precision)
    {
        using WeightSet weights = WeightSet.Random(Dense, 3);
        using WeightSet rounded = Round(weights, precision);
        foreach (InstructionSet isa in Enum.GetValues<InstructionSet>().Where(NativeLibraryState.Supports))
        {
            Assert.That(
                Run(Dense, weights, Device.Native, new SessionOptions { WeightPrecision = precision, InstructionSet = isa }),
                Is.EqualTo(Run(Dense, rounded, Device.Native, new SessionOptions { InstructionSet = isa })),
                $"{isa}: to the bit");
        }
    }

    [Test]
    public void A_single_images_weights_take_28_bits_and_its_scores_are_the_same_to_the_bit()
    {
        Network network = new NetworkBuilder("wide", Shape.Vector(512)).FullyConnected("fc", 256, activation: Activation.Tanh).Build();
        using WeightSet weights = WeightSet.Random(network, 5);
        foreach (InstructionSet isa in Enum.GetValues<InstructionSet>().Where(NativeLibraryState.Supports))
        {
            using InferenceSession one = network.Compile(Device.Native, weights, new SessionOptions { BatchSize = 1, InstructionSet = isa });
            using InferenceSession two = network.Compile(Device.Native, weights, new SessionOptions { BatchSize = 2, InstructionSet = isa });
            float[] image = TestData.Reals(512, 9);
            float[] scores = new float[256], expected = new float[256];
            one.Run(image, scores);
            two.Run(image, expected);
            using (Assert.EnterMultipleScope())
            {
                Assert.That(scores, Is.EqualTo(expected), $"{isa}");
                Assert.That(one.Steps[0].Algorithm, Does.StartWith("direct, exponent-coded fp32 ("), $"{isa}");
                Assert.That(two.Steps[0].Algorithm, Does.StartWith("direct ("), $"{isa}");
                Assert.That(one.Steps[0].PackedBytes, Is.EqualTo((512 * 256 * 28 / 8) + (256 * sizeof(float))), $"{isa}");
            }
        }
    }

    [TestCase(WeightPrecision.Float16, Float16Error)]
    [TestCase(WeightPrecision.BFloat16, BFloat16Error)]
    public void A_small_network_stays_within_the_precisions_error(WeightPrecision precision, double most)
    {
        using WeightSet weights = WeightSet.Random(Dense, 4);
        float[] expected = Run(Dense, weights, Device.Reference, new SessionOptions());
        float[] actual = Run(Dense, weights, Device.Native, new SessionOptions { WeightPrecision = precision });
        Assert.That(Agreement.RelativeError(actual, expected), Is.InRange(most / 20, most));
    }

    [TestCase(WeightPrecision.Float16, Float16Error, 0)]
    [TestCase(WeightPrecision.BFloat16, BFloat16Error, 1)]
    public void LeNet5_reads_digits_nearly_as_well(WeightPrecision precision, double most, int mostChanged)
    {
        const int Count = 2000;
        Network network = LeNet5.Create();
        using WeightSet weights = PretrainedWeights.LeNet5();
        float[] images = Digits.Read(network, Count);
        float[] expected = Run(network, weights, Device.Native, new SessionOptions(), images);
        float[] actual = Run(network, weights, Device.Native, new SessionOptions { WeightPrecision = precision }, images);
        int changed = Digits.Predict(actual).Zip(Digits.Predict(expected)).Count(pair => pair.First != pair.Second);
        Assert.That(changed, Is.LessThanOrEqualTo(mostChanged), $"of {Count} predictions");
        Assert.That(Agreement.RelativeError(actual, expected), Is.GreaterThan(0).And.LessThan(most));
    }

    [TestCase(WeightPrecision.Float16, Float16Error)]
    [TestCase(WeightPrecision.BFloat16, BFloat16Error)]
    public void LeNet5_agrees_with_the_oracle_to_the_precision(WeightPrecision precision, double most)
    {
        Network network = LeNet5.Create();
        using WeightSet weights = PretrainedWeights.LeNet5();
        float[] images = TestData.Reals(20 * (int)network.Input.Shape.Count, 5);
        float[] expected = Run(network, weights, Device.Reference, new SessionOptions(), images);
        float[] actual = Run(network, weights, Device.Native, new SessionOptions { WeightPrecision = precision }, images);
        Assert.That(Agreement.RelativeError(actual, expected), Is.LessThan(most));
    }

    [Test]
    public void Sixteen_bits_halve_the_packed_weights_of_fully_connected_layers_alone()
    {
        Network network = new NetworkBuilder("both", Shape.Image(3, 9, 9)).Convolution("conv", 16, 3).FullyConnected("fc", 64).Build();
        using WeightSet weights = WeightSet.Random(network, 1);
        StepInfo[] wide = Steps(WeightPrecision.Float32);
        StepInfo[] narrow = Steps(WeightPrecision.Float16);
        const long Bias = 64 * sizeof(float);
        Assert.That(narrow[0].PackedBytes, Is.EqualTo(wide[0].PackedBytes), "the convolution's");
        Assert.That(narrow[1].PackedBytes - Bias, Is.EqualTo((wide[1].PackedBytes - Bias) / 2), "the fully connected layer's");
        Assert.That(Steps(WeightPrecision.BFloat16).Select(step => step.PackedBytes), Is.EqualTo(narrow.Select(step => step.PackedBytes)));
        Assert.That(wide[1].WeightBytes, Is.EqualTo(sizeof(float) * ((16 * 7 * 7 * 64) + 64)));
        Assert.That(narrow[1].WeightBytes, Is.EqualTo(narrow[1].PackedBytes), "what is read is what is stored");

        StepInfo[] Steps(WeightPrecision precision)
        {
            // Directly, for otherwise single precision has it all as one chain.
            var options = new SessionOptions { WeightPrecision = precision, ConvolutionAlgorithm = ConvolutionAlgorithm.Direct };
            using InferenceSession session = network.Compile(Device.Native, weights, options);
            Assert.That(session.WeightPrecision, Is.EqualTo(precision));
            return [.. session.Steps];
        }
    }

    [TestCase(70_000f)]
    [TestCase(-70_000f)]
    [TestCase(65_505f)]
    public void A_weight_beyond_fp16_is_refused_by_its_tensors_name(float weight)
    {
        using WeightSet weights = WithWeight(weight);
        Assert.That(
            () => Run(Dense, weights, Device.Native, new SessionOptions { WeightPrecision = WeightPrecision.Float16 }),
            Throws.InstanceOf<BackendException>().With.Message.Contains("'fc2.weight'").And.Message.Contains("65504").And.Message.Contains("bf16"));
        foreach (WeightPrecision precision in new[] { WeightPrecision.Float32, WeightPrecision.BFloat16 })
        {
            Assert.That(Run(Dense, weights, Device.Native, new SessionOptions { WeightPrecision = precision }), Has.All.Matches<float>(float.IsFinite));
        }
    }

    [Test]
    public void The_largest_numbers_there_are_are_taken()
    {
        using WeightSet halves = WithWeight(65_504);
        using WeightSet brains = WithWeight(-3.3895314e38f);
        Assert.That(() => Run(Dense, halves, Device.Native, new SessionOptions { WeightPrecision = WeightPrecision.Float16 }), Throws.Nothing);
        Assert.That(() => Run(Dense, brains, Device.Native, new SessionOptions { WeightPrecision = WeightPrecision.BFloat16 }), Throws.Nothing);
    }

    [Test]
    public void A_weight_beyond_bf16_is_refused_too()
    {
        using WeightSet weights = WithWeight(float.MaxValue);
        Assert.That(
            () => Run(Dense, weights, Device.Native, new SessionOptions { WeightPrecision = WeightPrecision.BFloat16 }),
            Throws.InstanceOf<BackendException>().With.Message.Contains("'fc2.weight'").And.Message.EndsWith("use fp32."));
    }

    [TestCase(WeightPrecision.Float16)]
    [TestCase(WeightPrecision.BFloat16)]
    public void What_is_not_finite_stays_and_hides_nothing(WeightPrecision precision)
    {
        FusedStep step = new OperatorCase("fc", new FullyConnected(1), [Shape.Vector(3)]).ToGraph().Steps[0];
        foreach (float other in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
        {
            Assert.That(() => WeightRange.ThrowIfExceeded(step, [other, 1, -2], precision), Throws.Nothing, $"{other}");
            Assert.That(
                () => WeightRange.ThrowIfExceeded(step, [1, other, -float.MaxValue], precision),
                Throws.TypeOf<BackendException>().With.Message.Contains("holds -3.40282E+38"),
                $"{other}");
        }

        Assert.That(() => WeightRange.ThrowIfExceeded(step, [], precision), Throws.Nothing);
    }

    [Test]
    public void Convolutions_are_not_concerned()
    {
        Network network = new NetworkBuilder("conv", Shape.Image(1, 2, 2)).Convolution("conv", 1, 2).Build();
        using WeightSet weights = WeightSet.FromTensors(
            "large", [("conv.weight", new Shape(1, 1, 2, 2), [1e6f, 0, 0, 0]), ("conv.bias", new Shape(1), [0])]);
        float[] answer = Run(network, weights, Device.Native, new SessionOptions { WeightPrecision = WeightPrecision.Float16 }, [2, 0, 0, 0]);
        Assert.That(answer, Is.EqualTo(new[] { 2e6f }));
    }

    [Test]
    public void The_weights_that_count_are_those_with_the_normalisation_folded_in()
    {
        Network network = new NetworkBuilder("folded", Shape.Vector(1)).FullyConnected("fc", 1).BatchNormalization("bn").Build();
        using WeightSet weights = WeightSet.FromTensors(
            "folded",
            [
                ("fc.weight", new Shape(1, 1), [1000]), ("fc.bias", new Shape(1), [0]), ("bn.weight", new Shape(1), [100]),
                ("bn.bias", new Shape(1), [0]), ("bn.running_mean", new Shape(1), [0]), ("bn.running_var", new Shape(1), [1]),
            ]);
        Assert.That(
            () => Run(network, weights, Device.Native, new SessionOptions { WeightPrecision = WeightPrecision.Float16 }, [1]),
            Throws.InstanceOf<BackendException>().With.Message.Contains("'fc.weight', times the batch normalisation"));
    }

    [Test]
    public void Other_devices_refuse_16_bits()
    {
        using WeightSet weights = WeightSet.Random(Dense, 1);
        foreach (Device device in Device.All.Where(each => each.IsAvailable && each != Device.Native))
        {
            Assert.That(
                () => Run(Dense, weights, device, new SessionOptions { WeightPrecision = WeightPrecision.Float16 }),
                Throws.InstanceOf<DeviceException>().With.Message.Contains($"'{device.Name}'").And.Message.Contains("'native'").And.Message.Contains("16 bits"));
        }
    }

    [Test]
    public void The_reference_device_refuses_an_algorithm()
    {
        using WeightSet weights = WeightSet.Random(Dense, 1);
        Assert.That(
            () => Run(Dense, weights, Device.Reference, new SessionOptions { ConvolutionAlgorithm = ConvolutionAlgorithm.Direct }),
            Throws.InstanceOf<DeviceException>().With.Message.Contains("'reference'").And.Message.Contains("algorithm"));
    }

    [Test]
    public void Values_that_are_none_are_refused_by_name()
    {
        using WeightSet weights = WeightSet.Random(Dense, 1);
        Assert.That(
            () => Run(Dense, weights, Device.Native, new SessionOptions { WeightPrecision = (WeightPrecision)3 }),
            Throws.ArgumentException.With.Message.Contains("weight precision 3"));
        Assert.That(
            () => Run(Dense, weights, Device.Native, new SessionOptions { ConvolutionAlgorithm = (ConvolutionAlgorithm)5 }),
            Throws.ArgumentException.With.Message.Contains("convolution algorithm 5"));
    }

    private static WeightSet WithWeight(float weight)
    {
        float[] second = TestData.Reals(33 * 130, 2);
        second[1234] = weight;
        return WeightSet.FromTensors(
            "large",
            [
                ("fc1.weight", new Shape(130, Inputs), [.. TestData.Reals(130 * Inputs, 1).Select(each => each * 1e-3f)]),
                ("fc1.bias", new Shape(130), new float[130]),
                ("fc2.weight", new Shape(33, 130), second),
                ("fc2.bias", new Shape(33), new float[33]),
            ]);
    }

    private static WeightSet Round(WeightSet weights, WeightPrecision precision) => WeightSet.FromTensors(
        "rounded",
        [
            .. Dense.Nodes.SelectMany(node => node.Layer.GetParameters(node.InputShapes.AsSpan()), (node, parameter) => (node, parameter)).Select(each =>
            {
                string name = $"{each.node.Name}.{each.parameter.Name}";
                float[] values = new float[each.parameter.Shape.Count];
                Assert.That(weights.TryGet(name, out WeightTensor? tensor));
                tensor!.CopyTo(values);
                return (name, each.parameter.Shape, each.parameter.Name == "weight" ? [.. values.Select(value => Round(value, precision))] : values);
            }),
        ]);

    /// <summary>Rounds by arithmetic on the number, not on its bits.</summary>
    private static float Round(float value, WeightPrecision precision)
    {
        if (value == 0)
        {
            return value;
        }

        (int digits, int leastExponent) = precision == WeightPrecision.Float16 ? (11, -14) : (8, -126);
        int unit = Math.Max(Math.ILogB(value), leastExponent) - (digits - 1);
        return (float)Math.ScaleB(Math.Round(Math.ScaleB(value, -unit), MidpointRounding.ToEven), unit);
    }

    private static float[] Run(Network network, WeightSet weights, Device device, SessionOptions options, float[]? images = null)
    {
        images ??= TestData.Reals(Images * Inputs, 9);
        using InferenceSession session = network.Compile(device, weights, options with { BatchSize = Math.Min(64, images.Length / (int)network.Input.Shape.Count) });
        float[] scores = new float[images.Length / network.Input.Shape.Count * network.Output.Shape.Count];
        session.Run(images, scores);
        return scores;
    }
}
