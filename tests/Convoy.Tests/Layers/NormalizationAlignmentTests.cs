namespace Convoy.Tests.Layers;

/// <summary>
/// Where the window of a local response normalisation lies: as the ONNX specification has it (LRN, version 13), and as PyTorch
/// computes it, which pads the squares with zeros, Size / 2 before the first channel and (Size - 1) / 2 behind the last.
/// </summary>
public sealed class NormalizationAlignmentTests
{
    private const float Alpha = 0.7f;
    private const float Beta = 0.75f;
    private const float K = 1.5f;

    private static IEnumerable<TestCaseData> Devices => TestDevices.OnEach([[]]);

    private static IEnumerable<TestCaseData> Sizes => TestDevices.OnEach(new[] { 1, 2, 3, 4, 5, 8, 16, 17 }.Select(size => new object[] { size }));

    [TestCaseSource(nameof(Devices))]
    public void A_window_of_two_channels_has_the_one_above_or_the_one_below(string device)
    {
        // Each number by itself, over the sum of its square and its neighbour's.
        var layer = new LocalResponseNormalization(2, Alpha: 2, Beta: 1, K: 0);
        Assert.That(Run(device, layer, [1, 2, 3], 1), Is.EqualTo(new[] { 1f / 5, 2f / 13, 3f / 9 }).Within(1e-6));
        Assert.That(Run(device, layer with { Alignment = LrnAlignment.Below }, [1, 2, 3], 1), Is.EqualTo(new[] { 1f / 1, 2f / 5, 3f / 13 }).Within(1e-6));
    }

    [TestCaseSource(nameof(Sizes))]
    public void Local_response_normalisation_of_even_sizes_is_aligned_as_onnx_or_as_pytorch_has_it(int size, string device)
    {
        const int Channels = 7;
        const int Pixels = 6;
        float[] x = TestData.Reals(Channels * Pixels, size);
        var layer = new LocalResponseNormalization(size, Alpha, Beta, K);
        float[] above = Run(device, layer with { Alignment = LrnAlignment.Above }, x, Pixels);
        float[] below = Run(device, layer with { Alignment = LrnAlignment.Below }, x, Pixels);
        Agreement.AssertClose(above, Divide(x, OnnxSums(x, Channels, Pixels, size), size), "ONNX");
        Agreement.AssertClose(below, Divide(x, PyTorchSums(x, Channels, Pixels, size), size), "PyTorch");
        if (size % 2 == 1)
        {
            Assert.That(below, Is.EqualTo(above), "an odd size, to the bit");
        }
    }

    private static float[] Run(string device, LocalResponseNormalization layer, float[] x, int pixels)
    {
        Network network = new NetworkBuilder("norm", Shape.Image(x.Length / pixels, pixels, 1)).Append("norm", layer).Build();
        using WeightSet none = WeightSet.FromTensors("none", []);
        using InferenceSession session = network.Compile(Device.Find(device), none, new SessionOptions { BatchSize = 1 });
        float[] y = new float[x.Length];
        session.Run(x, y);
        return y;
    }

    /// <summary>sum of X[i]^2, where max(0, c - floor((size - 1) / 2)) &lt;= i &lt;= min(C - 1, c + ceil((size - 1) / 2)).</summary>
    private static double[] OnnxSums(float[] x, int channels, int pixels, int size)
    {
        var sums = new double[x.Length];
        for (int c = 0; c < channels; c++)
        {
            double first = Math.Max(0, c - Math.Floor((size - 1) / 2.0));
            double last = Math.Min(channels - 1, c + Math.Ceiling((size - 1) / 2.0));
            for (int i = (int)first; i <= last; i++)
            {
                for (int pixel = 0; pixel < pixels; pixel++)
                {
                    sums[(c * pixels) + pixel] += Math.Pow(x[(i * pixels) + pixel], 2);
                }
            }
        }

        return sums;
    }

    /// <summary>Sums over windows of so many squares, one step apart, between zeros.</summary>
    private static double[] PyTorchSums(float[] x, int channels, int pixels, int size)
    {
        double[] padded = [.. new double[size / 2 * pixels], .. x.Select(each => (double)each * each), .. new double[(size - 1) / 2 * pixels]];
        return [.. Enumerable.Range(0, channels * pixels).Select(at => Enumerable.Range(0, size).Sum(i => padded[at + (i * pixels)]))];
    }

    private static float[] Divide(float[] x, double[] sums, int size) =>
        [.. x.Zip(sums, (value, sum) => (float)(value / Math.Pow(K + ((double)Alpha * sum / size), Beta)))];
}
