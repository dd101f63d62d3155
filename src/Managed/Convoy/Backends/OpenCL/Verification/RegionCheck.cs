using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL.Verification;

/// <summary>
/// Runs a prepared region as a session would, its kernels one after the other with one wait at the end, over a few made-up
/// images, and holds numbers of its output against the oracle's. It is the region itself that runs, with the network's weights
/// at their full size: a long sum goes wrong where a short one does not, and what a tile does at the edges depends on the shape.
/// </summary>
internal sealed class RegionCheck(DeviceMemory memory, DeviceTraits device, IStepOracle oracle)
{
    // Enough rows of a GEMM to fill a tile, and begin the next.
    private const int CpuRows = 13;
    private const int GpuRows = 97;
    private const int FewImages = 2;

    // Where many images are looked at they repeat after so many, no multiple of which fills a vector.
    private const int DistinctImages = 5;

    // Multiply-adds of the oracle's, for all images: a few milliseconds.
    private const long SampledMultiplyAdds = 2_000_000;
    private const long LeastSamples = 64;
    private const long MostSamples = 2048;
    private const int MostOfWhole = 16384;

    /// <summary>A map of more numbers is looked at by an image.</summary>
    public const long LargeMap = 4_000_000;

    /// <summary>Runs a region.</summary>
    /// <param name="region">What it computes.</param>
    /// <param name="prepared">What runs.</param>
    /// <param name="weights">The weights of each step.</param>
    /// <param name="errorBound">What its algorithm promises.</param>
    /// <param name="images">How many images: <see cref="CountImages"/> of them, where memory has room.</param>
    /// <param name="isTelling">False where the weights are such that nothing follows from numbers that agree.</param>
    /// <exception cref="ClException">The device refuses.</exception>
    public Discrepancy Run(IRegion region, PreparedOpenClRegion prepared, StepWeights[] weights, double? errorBound, int images, out bool isTelling)
    {
        var expectations = new RegionOracle(oracle, region.Steps, weights, errorBound);
        try
        {
            return Run(region, prepared, weights, expectations, images, out isTelling);
        }
        catch (ConvoyException e) when (images > 1 && (e is BatchTooLargeException || KernelVerifier.IsWantOfMemory(e)))
        {
            return Run(region, prepared, weights, expectations, images: 1, out isTelling);
        }
    }

    private Discrepancy Run(
        IRegion region, PreparedOpenClRegion prepared, StepWeights[] weights, RegionOracle expectations, int images, out bool isTelling)
    {
        int distinct = prepared.TellingImages > 0 ? Math.Min(images, DistinctImages) : images;
        Dictionary<int, Shape> shapes = ShapesOf(region);
        using var arena = new CheckArena();
        Dictionary<int, long> offsets = shapes.ToDictionary(each => each.Key, each => arena.Add(each.Value.Count * images));
        Shape output = region.Steps[^1].OutputShape;
        long outputOffset = arena.Add(output.Count * images);
        long workspace = arena.Add(prepared.GetWorkspaceBytes(images) / sizeof(float));
        arena.Open(memory, prepared.GetScratchBytes(images));

        float amplitude = SyntheticNumbers.AmplitudeFor(region.Steps[0], weights[0]);
        var inputs = new Dictionary<int, float[]>();
        foreach ((int value, Shape shape) in shapes)
        {
            var numbers = new float[shape.Count * images];
            SyntheticNumbers.Fill(numbers, value, amplitude);
            for (int i = distinct * (int)shape.Count; i < numbers.Length; i++)
            {
                numbers[i] = numbers[i - (distinct * (int)shape.Count)];
            }

            inputs.Add(value, numbers);
            arena.Write(offsets[value], ValueLayout.Arrange(numbers, shape, prepared.InputLayout));
        }

        prepared.Run(new RegionContext
        {
            Arena = arena.Arena,
            Inputs = [.. region.Inputs.Select(input => offsets[input])],
            Output = outputOffset,
            Workspace = workspace,
            Images = images,
        });
        float[] found = arena.Read(outputOffset);

        int samples = CountSamples(expectations, distinct);
        List<float> looked = [];
        List<ExpectedNumber> expected = [];
        List<(int[] Positions, ExpectedNumber[] Numbers)> known = [];
        for (int image = 0; image < images; image++)
        {
            if (image < distinct)
            {
                int[] chosen = SamplePositions.Choose(output, samples, image);
                known.Add((chosen, expectations.Compute(ImageOf(inputs, shapes, image), chosen)));
            }

            (int[] positions, ExpectedNumber[] numbers) = known[image % distinct];
            expected.AddRange(numbers);
            int first = image * (int)output.Count;
            foreach (int position in positions)
            {
                looked.Add(found[first + ValueLayout.PlaceOf(position, output, prepared.OutputLayout)]);
            }
        }

        isTelling = expectations.IsTelling;
        return Discrepancy.Between(CollectionsMarshal.AsSpan(looked), CollectionsMarshal.AsSpan(expected));
    }

    /// <summary>How many images tell of a region what more would.</summary>
    public int CountImages(IRegion region, PreparedOpenClRegion prepared, StepWeights[] weights) =>
        Math.Max(CountFewImages(region, weights), Math.Min(prepared.TellingImages, region.MicroBatch));

    private int CountFewImages(IRegion region, StepWeights[] weights)
    {
        if (new RegionOracle(oracle, region.Steps, weights, null).SampledStep is not { } step)
        {
            return region.Steps.Sum(each => each.OutputShape.Count) > LargeMap ? 1 : Math.Min(FewImages, region.MicroBatch);
        }

        Shape sums = region.Steps[step].OutputShape;
        int rows = device.IsCpu ? CpuRows : GpuRows;
        int pixels = sums.Height * sums.Width;
        return Math.Min(region.MicroBatch, sums.Count > LargeMap ? 1 : Math.Max(FewImages, (rows + pixels - 1) / pixels));
    }

    private static int CountSamples(RegionOracle expectations, int images) => expectations.SumLength == 0
        ? MostOfWhole
        : (int)Math.Clamp(SampledMultiplyAdds / images / expectations.SumLength, LeastSamples, MostSamples);

    /// <summary>The values that a region reads, and the shapes of an image's.</summary>
    private static Dictionary<int, Shape> ShapesOf(IRegion region)
    {
        var shapes = new Dictionary<int, Shape>();
        foreach (FusedStep step in region.Steps)
        {
            for (int i = 0; i < step.Inputs.Length; i++)
            {
                if (region.Inputs.Contains(step.Inputs[i]))
                {
                    shapes[step.Inputs[i]] = step.InputShapes[i];
                }
            }
        }

        return shapes;
    }

    private static Dictionary<int, double[]> ImageOf(Dictionary<int, float[]> inputs, Dictionary<int, Shape> shapes, int image) =>
        inputs.ToDictionary(
            each => each.Key,
            each =>
            {
                var numbers = new double[shapes[each.Key].Count];
                TensorPrimitives.ConvertTruncating<float, double>(each.Value.AsSpan(image * numbers.Length, numbers.Length), numbers);
                return numbers;
            });
}
