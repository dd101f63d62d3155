using Convoy.Models;

namespace Convoy.Tests.Runtime;

/// <summary>What the native device promises beyond the rest: speed's conditions, on AlexNet whole.</summary>
public sealed class NativeSessionTests
{
    private const int ImageLength = 3 * 227 * 227;
    private const int Classes = 1000;
    private readonly Network _network = AlexNet.Create();
    private WeightSet _weights = null!;

    [OneTimeSetUp]
    public void CreateWeights() => _weights = WeightSet.Random(_network, 1);

    [OneTimeTearDown]
    public void CloseWeights() => _weights.Dispose();

    [TestCase(ConvolutionAlgorithm.Direct)]
    [TestCase(ConvolutionAlgorithm.Winograd6)]
    [TestCase(ConvolutionAlgorithm.Winograd8)]
    public void AlexNet_gives_an_image_the_same_bits_in_sessions_of_batches_of_1_7_and_64_on_1_and_2_threads(ConvolutionAlgorithm algorithm)
    {
        float[] images = TestData.Reals(64 * ImageLength, 2);
        float[] expected = Run(images, 64, 2, algorithm);
        foreach ((int batch, int threads) in new[] { (64, 1), (7, 2), (7, 1) })
        {
            Assert.That(Run(images, batch, threads, algorithm).AsSpan().SequenceEqual(expected), $"batch {batch}, {threads} threads");
        }

        // One by one, a few are enough: first, middle, last.
        foreach (int image in new[] { 0, 31, 63 })
        {
            float[] alone = Run(images[(image * ImageLength)..((image + 1) * ImageLength)], 1, image % 2 + 1, algorithm);
            Assert.That(alone.AsSpan().SequenceEqual(expected.AsSpan(image * Classes, Classes)), $"image {image} alone");
        }
    }

    [Test]
    public void One_session_gives_an_image_the_same_bits_wherever_it_stands_on_any_number_of_threads()
    {
        const int Count = 19;
        float[] images = TestData.Reals(Count * ImageLength, 4);
        using InferenceSession session = Compile(Count, 2);
        float[] expected = Run(session, images);
        Assert.That(Run(images, Count, 1).AsSpan().SequenceEqual(expected), "1 thread");
        foreach (int count in new[] { 1, 2, 7, 18 })
        {
            int first = Count - count;
            float[] fewer = Run(session, images[(first * ImageLength)..]);
            Assert.That(fewer.AsSpan().SequenceEqual(expected.AsSpan(first * Classes)), $"the last {count}, from the first place on");
        }
    }

    [TestCase(ConvolutionAlgorithm.Direct)]
    [TestCase(ConvolutionAlgorithm.Winograd6)]
    public void A_strided_convolution_reads_bytes_as_it_reads_numbers(ConvolutionAlgorithm algorithm)
    {
        Network network = new NetworkBuilder("strided", Shape.Image(3, 35, 31)).Convolution("conv", 20, 11, stride: 4).Build();
        using WeightSet weights = WeightSet.Random(network, 2);
        var normalization = PixelNormalization.FromMeanAndDeviation([0.5f, 0.4f, 0.3f], [0.3f, 0.2f, 0.1f]);
        byte[] bytes = new byte[2 * 3 * 35 * 31];
        new Random(7).NextBytes(bytes);
        float[] numbers = new float[bytes.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            (int image, int rest) = Math.DivRem(i, 3 * 35 * 31);
            (int pixel, int channel) = Math.DivRem(rest, 3);
            numbers[(((image * 3) + channel) * 35 * 31) + pixel] = (bytes[i] * normalization.Scale[channel]) + normalization.Shift[channel];
        }

        var options = new SessionOptions { BatchSize = 2, Threads = 1, ConvolutionAlgorithm = algorithm };
        using InferenceSession ofNumbers = network.Compile(Device.Native, weights, options);
        using InferenceSession ofBytes = network.Compile(Device.Native, weights, options with { Normalization = normalization });
        float[] expected = new float[2 * network.Output.Shape.Count];
        float[] actual = new float[expected.Length];
        ofNumbers.Run(numbers, expected);
        ofBytes.Run(bytes, actual);
        Assert.That(ofBytes.Steps.Select(step => step.Algorithm), Is.EqualTo(ofNumbers.Steps.Select(step => step.Algorithm)));
        Assert.That(Agreement.RelativeError(actual, expected), Is.LessThan(1e-5));
    }

    [Test]
    public void An_image_of_AlexNet_full_of_nan_leaves_the_others_bits_alone()
    {
        const int Count = 9;
        float[] images = TestData.Reals(Count * ImageLength, 6);
        using InferenceSession session = Compile(Count, 2);
        float[] expected = Run(session, images);
        images.AsSpan(4 * ImageLength, ImageLength).Fill(float.NaN);
        float[] actual = Run(session, images);
        Assert.That(actual[(4 * Classes)..(5 * Classes)], Is.All.NaN);
        expected.AsSpan(4 * Classes, Classes).Fill(float.NaN);
        Assert.That(actual, Is.EqualTo(expected));
    }

    [TestCase("alexnet")]
    [TestCase("lenet5")]
    public void A_steady_state_run_allocates_no_managed_memory_on_any_thread(string network) =>
        Assert.That(SteadyState.FindAllocatedBytes(network), Is.Zero);

    [Test]
    public void Weights_disposed_of_during_compilation_are_an_error_and_no_crash()
    {
        using var folder = new TemporaryFolder();
        string path = folder["alexnet.safetensors"];
        _weights.Save(path);
        for (int delay = 0; delay < 4; delay++)
        {
            WeightSet mapped = WeightSet.Open(path);
            Task<string> compiling = Task.Run(() =>
            {
                try
                {
                    _network.Compile(Device.Native, mapped, new SessionOptions { BatchSize = 1 }).Dispose();
                    return "compiled";
                }
                catch (ObjectDisposedException)
                {
                    return "disposed";
                }
            });
            Thread.Sleep(delay * 30);
            mapped.Dispose();
            Assert.That(compiling.Result, Is.AnyOf("compiled", "disposed"));
        }
    }

    [Test]
    public void A_batch_or_image_beyond_any_buffer_is_refused_in_a_sentence()
    {
        Network huge = new NetworkBuilder("huge", Shape.Image(1, 65_536, 65_536)).Relu("relu").Build();
        using WeightSet none = WeightSet.FromTensors("none", []);
        Assert.That(
            () => huge.Compile(Device.Native, none).Dispose(),
            Throws.InstanceOf<BatchTooLargeException>().With.Message.Contains("'huge'").And.Message.Contains("[1, 65536, 65536]"));
    }

    [Test]
    public void A_cancellation_in_the_middle_of_a_run_is_obeyed()
    {
        using InferenceSession session = _network.Compile(Device.Native, _weights, new SessionOptions { BatchSize = 16 });
        float[] images = new float[16 * ImageLength];
        float[] scores = new float[16 * Classes];
        using var source = new CancellationTokenSource();
        var listener = new CancelAfterStep(source, step: 2);
        Assert.That(() => session.Run(images, scores, listener, source.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(listener.LastStep, Is.EqualTo(2));
    }

    private float[] Run(float[] images, int batch, int threads, ConvolutionAlgorithm algorithm = ConvolutionAlgorithm.Auto)
    {
        using InferenceSession session = Compile(batch, threads, algorithm);
        return Run(session, images);
    }

    private InferenceSession Compile(int batch, int threads, ConvolutionAlgorithm algorithm = ConvolutionAlgorithm.Auto) => _network.Compile(
        Device.Native, _weights, new SessionOptions { BatchSize = batch, Threads = threads, ConvolutionAlgorithm = algorithm });

    private static float[] Run(InferenceSession session, float[] images)
    {
        float[] scores = new float[images.Length / ImageLength * Classes];
        session.Run(images, scores);
        return scores;
    }

    private sealed class CancelAfterStep(CancellationTokenSource source, int step) : IPhaseListener
    {
        public int LastStep { get; private set; } = -1;

        public void OnPhase(in PhaseSpan span, ReadOnlySpan<ThreadSpan> threads)
        {
            LastStep = Math.Max(LastStep, span.Step);
            if (span.Step == step)
            {
                source.Cancel();
            }
        }
    }
}
