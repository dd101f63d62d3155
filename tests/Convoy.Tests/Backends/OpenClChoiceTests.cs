using Convoy.Backends.Winograd;
using System.Collections.Immutable;
using Convoy.Backends.OpenCL;
using Convoy.Backends.OpenCL.Convolutions;
using Convoy.Tests.Cases;

namespace Convoy.Tests.Backends;

/// <summary>Which way an OpenCL device computes a convolution, and how many images a micro-batch has.</summary>
public sealed class OpenClChoiceTests
{
    private const long Gigabyte = 1 << 30;
    private static readonly Convolution2D Many = new(384, 3, 1, 1, 1);
    private static readonly Shape ManyChannels = Shape.Image(256, 26, 26);
    private static readonly Convolution2D First = new(6, 5, 1, 0, 1);
    private static readonly Shape OneChannel = Shape.Image(1, 32, 32);

    private static DeviceTraits Core => new()
    {
        IsCpu = true,
        VectorWidth = 8,
        MaxWorkGroupSize = 1024,
        MaxWorkItemSizes = [1024, 1024, 1024],
        LocalMemoryBytes = 65536,
        SharesHostMemory = true,
        HostAlignment = sizeof(float),
    };

    [Test]
    public void Many_channels_are_worth_the_transforms_and_few_are_not()
    {
        Assert.That(Choose(Many, ManyChannels, out string many), Is.EqualTo("winograd-8"));
        Assert.That(many, Does.Match(@"^of implicit gemm 1\.00, winograd-4 0\.\d\d, winograd-6 0\.\d\d, winograd-8 0\.\d\d: by cost$"));
        Assert.That(Choose(First, OneChannel, out string few), Is.EqualTo("direct"));
        Assert.That(few, Does.Match(@"^of implicit gemm 1\.00, direct 0\.75, winograd-6 \d+\.\d\d, winograd-8 \d+\.\d\d: by cost$"));
    }

    [Test]
    public void Filters_of_one_pixel_have_one_way_only()
    {
        Assert.That(Choose(Many with { Kernel = 1, Padding = 0 }, ManyChannels, out string reason), Is.EqualTo("implicit gemm"));
        Assert.That(reason, Is.EqualTo("no other than implicit gemm applies"));
    }

    [Test]
    public void One_image_does_not_pay_for_reading_weights_at_many_points()
    {
        var deep = new Convolution2D(384, 3, 1, 1, 1);
        Shape input = Shape.Image(384, 13, 13);
        double[] one = Costs(deep, input, 1);
        double[] many = Costs(deep, input, 64);
        Assert.That(one[3] / one[0], Is.GreaterThan(1.5 * many[3] / many[0]), "winograd-8 against the implicit GEMM");
    }

    [TestCase(ConvolutionAlgorithm.Direct, "implicit gemm", "direct")]
    [TestCase(ConvolutionAlgorithm.Winograd, "winograd-8", "winograd-8")]
    [TestCase(ConvolutionAlgorithm.Winograd4, "winograd-4", "direct", Description = "A filter of 5 taps has too few outputs of 4 points.")]
    [TestCase(ConvolutionAlgorithm.Winograd6, "winograd-6", "winograd-6")]
    [TestCase(ConvolutionAlgorithm.Winograd8, "winograd-8", "winograd-8")]
    public void What_is_asked_for_is_taken_where_it_applies(ConvolutionAlgorithm algorithm, string many, string first)
    {
        Assert.That(Choose(Many, ManyChannels, out _, algorithm: algorithm), Is.EqualTo(many));
        Assert.That(Choose(First, OneChannel, out _, algorithm: algorithm), Is.EqualTo(first));
    }

    [Test]
    public void A_device_that_allocates_too_little_for_the_tiles_of_an_image_or_the_weights_computes_directly()
    {
        Convolution2D wide = Many with { Filters = 1024 };
        Shape small = Shape.Image(512, 4, 4);
        Assert.That(Choose(wide, small, out _), Does.StartWith("winograd-"));
        Assert.That(Choose(wide, small, out _, allocatable: 30 << 20), Is.EqualTo("implicit gemm"));
        Assert.That(Choose(Many, ManyChannels, out _, allocatable: 1 << 20), Is.EqualTo("implicit gemm"));
        Assert.That(
            Choose(Many, ManyChannels, out string reason, allocatable: 1 << 20, algorithm: ConvolutionAlgorithm.Winograd8), Is.EqualTo("implicit gemm"));
        Assert.That(reason, Is.EqualTo("winograd8 was asked for, and does not apply"));
    }

    [TestCase(1)]
    [TestCase(7)]
    [TestCase(64)]
    [TestCase(65)]
    public void Micro_batches_are_even_and_cover_the_batch(int batch)
    {
        WinogradGeometry geometry = WinogradGeometry.Find(Many, ManyChannels, 4)!;
        foreach (DeviceTraits traits in new[] { Core, Core with { IsCpu = false } })
        {
            var microBatches = new WinogradMicroBatches(traits, Gigabyte);
            (int count, int images) = (microBatches.Count(geometry, batch), microBatches.CountImages(geometry, batch));
            Assert.That(count * images, Is.GreaterThanOrEqualTo(batch));
            Assert.That((count - 1) * images, Is.LessThan(batch), "none is empty");
            Assert.That(images * geometry.ImageBytes, Is.LessThanOrEqualTo(128 << 20));
        }
    }

    private static double[] Costs(Convolution2D layer, Shape input, int batch) =>
        [.. AlgorithmsFor(Gigabyte).Select(algorithm => algorithm.Plan(Layer(layer, input, batch))).OfType<Candidate<ConvolutionPlan>>().Select(each => each.Cost)];

    private static string Choose(
        Convolution2D layer,
        Shape input,
        out string reason,
        long allocatable = Gigabyte,
        ConvolutionAlgorithm algorithm = ConvolutionAlgorithm.Auto)
    {
        Selection<ConvolutionPlan> chosen = AlgorithmSelector.Select(AlgorithmsFor(allocatable), Layer(layer, input, 64), algorithm);
        reason = chosen.Reason;
        return chosen.Name;
    }

    private static ConvolutionLayer Layer(Convolution2D layer, Shape input, int batch) =>
        new(new OperatorCase("layer", layer, [input], Batch: batch).ToGraph().Steps[0], layer, batch);

    /// <summary>The backend's list, for a device that allocates so much at a time; nothing is prepared.</summary>
    private static ImmutableArray<IConvolutionAlgorithm<ConvolutionLayer, ConvolutionPlan>> AlgorithmsFor(long allocatable) =>
        ConvolutionPlanning.List(
            new ImplicitGemm(null!, null!, null!), new DirectConvolution(null!, null!, null!), new DepthwiseConvolution(null!, null!, null!), null!, new WinogradMicroBatches(Core, allocatable));
}
