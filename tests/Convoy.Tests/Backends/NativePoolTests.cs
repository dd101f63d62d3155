using Convoy.Backends.Native;
using Convoy.Models;
using Convoy.Tests.Cases;

namespace Convoy.Tests.Backends;

/// <summary>Pooling that the native backend's convolutions do too: when, and that it changes no bit.</summary>
public sealed class NativePoolTests
{
    private static IEnumerable<InstructionSet> InstructionSets =>
        Enum.GetValues<InstructionSet>().Where(each => each != InstructionSet.Auto && NativeLibraryState.Supports(each));

    private static IEnumerable<OperatorCase> Cases => PooledCases.All;

    private static OperatorCase Usual => PooledCases.All.First();

    /// <summary>One whose algorithms the model finds little difference between, so that it asks for measurements.</summary>
    private static OperatorCase Close =>
        PooledCases.Pooled("close", [16, 33, 33], 16, 3, 3, 2, padding: 1, activation: Activation.Relu, batch: 2);

    [TestCaseSource(nameof(Cases))]
    public void A_convolution_that_pools_has_the_bits_of_the_two_layers(OperatorCase operatorCase)
    {
        foreach (InstructionSet isa in InstructionSets)
        {
            foreach (ConvolutionAlgorithm algorithm in Enum.GetValues<ConvolutionAlgorithm>())
            {
                AssertSameBits(operatorCase, new NativeOptions(isa) { Convolution = algorithm });
                AssertSameBits(operatorCase, new NativeOptions(isa) { Convolution = algorithm, TakesBytes = true });
            }
        }
    }

    [Test]
    public void A_map_too_large_for_the_cache_an_average_and_dilated_windows_are_pooled_by_an_operator_behind_the_convolution()
    {
        OperatorCase average = Usual with { Pool = new Pool2D(PoolKind.Average, 3, 2, 1, CountPadding: false) };
        OperatorCase dilated = Usual with { Pool = Usual.Pool! with { Dilation = 2 } };
        OperatorCase large = PooledCases.Pooled("large", [2, 150, 150], 32, 3, 3, 2, padding: 1, activation: Activation.Relu, batch: 2);
        foreach (InstructionSet isa in InstructionSets)
        {
            foreach (OperatorCase each in new[] { average, dilated, large })
            {
                var options = new NativeOptions(isa) { Convolution = ConvolutionAlgorithm.Winograd8 };
                AssertSameBits(each, options);
                Assert.That(PoolsAtOnce(each, options with { Threads = 2 }), Is.False, each.Name);
            }
        }
    }

    [Test]
    public void What_Winograd_s_algorithm_computes_is_pooled_at_once([Values(1, 64)] int batch)
    {
        foreach (InstructionSet isa in InstructionSets)
        {
            foreach (OperatorCase each in AlexNetLayers(batch))
            {
                NativeRegion region = NativeRegions.Plan(each, new NativeOptions(isa)).Single();
                Assert.That(region.Steps, Has.Length.EqualTo(2), $"{isa}, {each.Name}");
                Assert.That(region.Plans.Single().AlgorithmName, Does.StartWith("winograd-"), $"{isa}, {each.Name}");
            }
        }
    }

    [Test]
    public void Pooling_is_left_out_where_it_would_leave_threads_idle()
    {
        // 8 filters are a panel, and an image's products just too many for one item, unless it is to be pooled.
        OperatorCase one = PooledCases.Pooled("one item", [4, 110, 110], 8, 3, 3, 2, padding: 1);
        var options = new NativeOptions(InstructionSet.Scalar) { Convolution = ConvolutionAlgorithm.Winograd8 };
        Assert.That(PoolsAtOnce(one, options), Is.True);
        Assert.That(PoolsAtOnce(one, options with { Threads = 2 }), Is.False);
        Assert.That(PoolsAtOnce(one with { Batch = 2 }, options with { Threads = 2 }), Is.True, "one item each");
        AssertSameBits(one, options);
    }

    [Test]
    public void Direct_convolutions_and_small_networks_leave_pooling_to_others()
    {
        Assert.That(PoolsAtOnce(Usual, new NativeOptions(InstructionSet.Auto) { Convolution = ConvolutionAlgorithm.Direct }), Is.False);
        OperatorCase small = PooledCases.Pooled("small", [8, 12, 12], 16, 3, 2, 2);
        NativePlan chain = NativeRegions.Plan(small, new NativeOptions(InstructionSet.Auto)).Single().Plans.Single();
        Assert.That(chain.Algorithm, Is.EqualTo(NativeAlgorithm.Lanes));
        OperatorCase pointwise = Usual with { Layer = new Convolution2D(16, 1, 1, default, 1) };
        Assert.That(PoolsAtOnce(pointwise, new NativeOptions(InstructionSet.Auto) { AllowsChains = false }), Is.False, "1 x 1");
    }

    [Test]
    public void Whatever_the_measurements_say_the_bits_are_those_of_the_two_layers()
    {
        using var folder = new CacheFolderOfTest();
        var options = new NativeOptions(InstructionSet.Auto)
        {
            Tuning = folder.Tuning(plans => [.. plans.Select(plan => plan.Algorithm == NativeAlgorithm.Direct ? 1.0 : 2.0)]),
        };

        Assert.That(AssertSameBits(Close, options), Does.StartWith("direct "));
        Assert.That(PoolsAtOnce(Close, options), Is.False);
    }

    [Test]
    public void Steps_with_and_without_pooling_share_what_was_measured()
    {
        using var folder = new CacheFolderOfTest();
        int measurements = 0;
        var options = new NativeOptions(InstructionSet.Auto)
        {
            Tuning = folder.Tuning(plans =>
            {
                measurements++;
                return [.. plans.Select((_, i) => 1.0 + i)];
            }),
        };
        AssertSameBits(Close, options);
        Assert.That(measurements, Is.EqualTo(1));
    }

    [TestCaseSource(nameof(InstructionSets))]
    public void AlexNet_has_the_same_bits_pooled_at_once_and_apart_in_any_batch_on_any_threads(InstructionSet isa)
    {
        Network network = AlexNet.Create();
        using WeightSet weights = WeightSet.Random(network, 7);
        float[] images = TestData.Reals(5 * (int)network.Input.Shape.Count, 3);
        float[]? expected = null;

        // A map that the caller gets is not pooled away.
        var unpooled = Network.Create(
            network.Name, network.Nodes.Select(node => new NodeDefinition(node.Name, node.Layer, [.. node.Inputs.Select(input => input.Name)])), ["prob", "conv1.relu", "conv2.relu"]);
        string[] atOnce = ["conv1 conv+relu+maxpool", "conv2 conv+relu+maxpool"];
        string[] apart = ["conv1 conv+relu", "pool1 maxpool"];

        // On more threads it depends on their number: null.
        (Network Network, int Batch, int Threads, string[]? Steps)[] runs =
        [
            (network, 5, 1, atOnce),
            (network, 5, 2, null),
            (network, 2, 2, null),
            (network, 1, 2, null),
            (unpooled, 5, 2, apart),
            (unpooled, 1, 1, apart),
        ];
        foreach ((Network each, int batch, int threads, string[]? steps) in runs)
        {
            var options = new SessionOptions { BatchSize = batch, Threads = threads, InstructionSet = isa, ConvolutionAlgorithm = ConvolutionAlgorithm.Winograd8 };
            using InferenceSession session = each.Compile(Device.Native, weights, options);
            Memory<float>[] outputs = [.. each.Outputs.Select(output => (Memory<float>)new float[5 * (int)output.Shape.Count])];
            session.Run(images, outputs);
            float[] scores = outputs[0].ToArray();
            expected ??= scores;
            string what = $"{isa}, {each.Outputs.Length} outputs, batch {batch}, {threads} threads";
            Assert.That(scores.AsSpan().SequenceEqual(expected), what);
            string[] begin = [.. session.Steps.Take(2).Select(step => $"{step.Name} {step.Op}")];
            Assert.That(begin, Is.EqualTo(steps ?? begin), what);
        }
    }

    [TestCaseSource(nameof(InstructionSets))]
    public void Micro_batches_that_are_pooled_at_once_have_the_bits_of_single_images(InstructionSet isa)
    {
        const int Batch = 240;
        const int Images = 213;
        Network network = new NetworkBuilder("wide", Shape.Image(3, 48, 48))
            .Convolution("conv1", 16, kernel: 3, padding: 1, activation: Activation.Relu)
            .MaxPool("pool1", 3, stride: 2)
            .FullyConnected("fc2", 10)
            .Build();
        using WeightSet weights = WeightSet.Random(network, 7);
        float[] images = TestData.Reals(Images * (int)network.Input.Shape.Count, 3);
        var options = new NativeOptions(isa) { Convolution = ConvolutionAlgorithm.Winograd8 };
        using (var backend = new NativeBackend(2, options))
        {
            Assert.That(
                backend.Partition(StepGraph.Create(network), Batch).Select(region => (region.Steps.Length, region.MicroBatch)),
                Is.EqualTo(new[] { (2, 60), (1, Batch) }));
        }

        float[][] scores = [.. new[] { Batch, 1 }.Select(batch =>
        {
            var asked = new SessionOptions { BatchSize = batch, Threads = 2, InstructionSet = isa, ConvolutionAlgorithm = options.Convolution };
            using InferenceSession session = network.Compile(Device.Native, weights, asked);
            float[] answer = new float[Images * (int)network.Output.Shape.Count];
            session.Run(images, answer);
            return answer;
        })];
        Assert.That(scores[0].AsSpan().SequenceEqual(scores[1]));
    }

    private static IEnumerable<OperatorCase> AlexNetLayers(int batch) =>
    [
        PooledCases.Pooled("conv1", [3, 227, 227], 96, 11, 3, 2, stride: 4, activation: Activation.Relu, batch: batch),
        PooledCases.Pooled("conv2", [96, 27, 27], 256, 5, 3, 2, padding: 2, activation: Activation.Relu, batch: batch),
        PooledCases.Pooled("conv5", [384, 13, 13], 256, 3, 3, 2, padding: 1, activation: Activation.Relu, batch: batch),
    ];

    private static bool PoolsAtOnce(OperatorCase each, NativeOptions options) => NativeRegions.Plan(each, options).Length == 1;

    /// <summary>Compares a convolution and its pooling with the two prepared by themselves; returns the convolution's algorithm.</summary>
    private static string AssertSameBits(OperatorCase operatorCase, NativeOptions options)
    {
        using var backend = new NativeBackend(2, options with { AllowsChains = false });
        float[][] inputs = OperatorRunner.Inputs(operatorCase, TestData.Reals);
        StepWeights weights = OperatorRunner.Weights(operatorCase, TestData.Reals);
        OperatorCase convolution = operatorCase with { Pool = null };
        var pool = new OperatorCase("pool", operatorCase.Pool!, [convolution.Output], Batch: operatorCase.Batch);
        float[] expected = OperatorRunner.Run(backend, pool, [OperatorRunner.Run(backend, convolution, inputs, weights)], default);
        string what = $"{options.Isa}, {options.Convolution}: {operatorCase.Name}";
        Assert.That(OperatorRunner.Run(backend, operatorCase, inputs, weights).AsSpan().SequenceEqual(expected), what);
        (string algorithm, string? choice, double? bound, _) = OperatorRunner.Describe(backend, operatorCase, weights);
        Assert.That(new OperatorDescription(algorithm, choice, bound, 1), Is.EqualTo(OperatorRunner.Describe(backend, convolution, weights)), what);
        return algorithm;
    }
}
