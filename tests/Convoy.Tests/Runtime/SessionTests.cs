using Convoy.Memory;
using Convoy.Models;

namespace Convoy.Tests.Runtime;

/// <summary>What sessions promise, on every device there is.</summary>
[TestFixtureSource(nameof(Devices))]
public sealed class SessionTests(Device device)
{
    private const int ImageLength = 32 * 32;
    private const int Classes = 10;
    private readonly Network _network = LeNet5.Create();
    private WeightSet _weights = null!;

    private static IEnumerable<Device> Devices => Device.All.Where(each => each.IsAvailable);

    [OneTimeSetUp]
    public void LoadWeights() => _weights = PretrainedWeights.LeNet5();

    [OneTimeTearDown]
    public void CloseWeights() => _weights.Dispose();

    [Test]
    public void Scores_of_an_image_are_the_same_bits_in_any_batch_on_any_number_of_threads()
    {
        // Sessions of different batch sizes may choose different algorithms, unless told; the reference device has but one.
        var options = new SessionOptions
        {
            ConvolutionAlgorithm = device == Device.Reference ? ConvolutionAlgorithm.Auto : ConvolutionAlgorithm.Direct,
        };
        float[] images = TestData.Reals(70 * ImageLength, 1);
        float[] expected = Run(images, options with { BatchSize = 1, Threads = TestDevices.Threads(device, 1) });
        foreach (int batch in new[] { 7, 64, 70 })
        {
            foreach (int threads in new[] { 1, 2 }.Select(count => TestDevices.Threads(device, count)).Distinct())
            {
                Assert.That(
                    Run(images, options with { BatchSize = batch, Threads = threads }).AsSpan().SequenceEqual(expected),
                    $"batch {batch}, {threads} threads");
            }
        }
    }

    [Test]
    public void An_image_is_not_touched_by_a_neighbour_full_of_nan_or_infinity()
    {
        float[] images = TestData.Reals(3 * ImageLength, 2);
        float[] expected = Run(images, new SessionOptions { BatchSize = 3 });
        images.AsSpan(ImageLength, ImageLength).Fill(float.NaN);
        images.AsSpan(0, 40).Fill(float.PositiveInfinity);
        float[] scores = Run(images, new SessionOptions { BatchSize = 3 });
        Assert.That(scores.AsSpan(2 * Classes).SequenceEqual(expected.AsSpan(2 * Classes)));
        Assert.That(scores[Classes..(2 * Classes)], Is.All.NaN, "NaN propagates into its own image's scores");

        // tanh of infinity is 1 and tanh of infinity minus infinity is NaN: both are right, and what it is depends on the weights.
        Assert.That(scores[..Classes], Is.All.NaN.Or.All.InRange(0f, 1f));
    }

    [Test]
    public void Infinity_stays_in_its_own_image_under_every_algorithm()
    {
        const int Count = 16 * 13 * 13;
        Network network = new NetworkBuilder("convolution", Shape.Image(16, 13, 13)).Convolution("conv", 16, 3, padding: 1).Build();
        using WeightSet weights = WeightSet.Random(network, 1);
        float[] images = TestData.Reals(3 * Count, 2);
        float[] touched = [.. images[..Count], .. Enumerable.Repeat(float.PositiveInfinity, Count), .. images[(2 * Count)..]];
        float[] expected = new float[3 * Count];
        float[] scores = new float[3 * Count];
        foreach (ConvolutionAlgorithm algorithm in device == Device.Reference ? [ConvolutionAlgorithm.Auto] : Enum.GetValues<ConvolutionAlgorithm>())
        {
            using InferenceSession session = network.Compile(device, weights, new SessionOptions { BatchSize = 3, ConvolutionAlgorithm = algorithm });
            session.Run(images, expected);
            session.Run(touched, scores);
            Assert.That(scores[..Count], Is.EqualTo(expected[..Count]), $"{algorithm}, the image before");
            Assert.That(scores[(2 * Count)..], Is.EqualTo(expected[(2 * Count)..]), $"{algorithm}, the image behind");
            Assert.That(scores[Count..(2 * Count)], Has.None.Matches<float>(float.IsFinite), $"{algorithm}, its own image");
        }
    }

    [Test]
    public void No_images_are_no_work()
    {
        using InferenceSession session = Compile(new SessionOptions());
        session.Run(ReadOnlySpan<float>.Empty, []);
    }

    [Test]
    public void A_length_that_is_no_whole_number_of_images_is_one_sentence()
    {
        using InferenceSession session = Compile(new SessionOptions());
        ArgumentException e = Assert.Throws<ArgumentException>(() => session.Run(new float[ImageLength + 1], new float[Classes]));
        Assert.That(e.Message, Does.Contain("'lenet5'").And.Contain("1,024").And.Contain("1,025"));
        Assert.That(e.ParamName, Is.EqualTo("images"));
    }

    [Test]
    public void Room_for_a_wrong_number_of_scores_is_one_sentence()
    {
        using InferenceSession session = Compile(new SessionOptions());
        ArgumentException e = Assert.Throws<ArgumentException>(() => session.Run(new float[2 * ImageLength], new float[Classes]));
        Assert.That(e.Message, Does.Contain("2 images").And.Contain("20 scores").And.Contain("room for 10"));
        Assert.That(e.ParamName, Is.EqualTo("scores"));
    }

    [TestCase(0)]
    [TestCase(-1)]
    [TestCase(int.MaxValue)]
    public void An_impossible_batch_size_is_refused_by_name(int batch) =>
        Assert.That(() => Compile(new SessionOptions { BatchSize = batch }).Dispose(), Throws.ArgumentException.With.Message.Contains("batch size"));

    [TestCase(-1)]
    [TestCase(1025)]
    public void An_impossible_number_of_threads_is_refused_by_name(int threads) =>
        Assert.That(() => Compile(new SessionOptions { Threads = threads }).Dispose(), Throws.ArgumentException.With.Message.Contains("Threads"));

    [Test]
    public void Bytes_give_the_scores_of_the_numbers_they_stand_for()
    {
        byte[] pixels = new byte[5 * ImageLength];
        new Random(3).NextBytes(pixels);
        var normalization = PixelNormalization.FromMeanAndDeviation([0.25f], [0.5f]);
        float[] images = [.. pixels.Select(pixel => (pixel * normalization.Scale[0]) + normalization.Shift[0])];
        using InferenceSession session = Compile(new SessionOptions { BatchSize = 2, Normalization = normalization });
        float[] fromBytes = new float[5 * Classes];
        float[] fromNumbers = new float[5 * Classes];
        session.Run(pixels, fromBytes);
        session.Run(images, fromNumbers);
        Agreement.AssertClose(fromBytes, fromNumbers, "bytes");
    }

    [Test]
    public void Bytes_of_three_channels_come_in_row_column_channel_order()
    {
        Network network = new NetworkBuilder("colours", Shape.Image(3, 2, 2)).Dropout("nothing", 0).Build();
        using WeightSet none = WeightSet.FromTensors("none", []);
        var normalization = new PixelNormalization([1f, 10f, 100f], [0.5f, 0, -1]);
        using InferenceSession session = network.Compile(device, none, new SessionOptions { BatchSize = 1, Normalization = normalization });
        float[] scores = new float[12];
        session.Run((ReadOnlySpan<byte>)[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], scores);
        Assert.That(scores, Is.EqualTo(new float[] { 1.5f, 4.5f, 7.5f, 10.5f, 20, 50, 80, 110, 299, 599, 899, 1199 }));
    }

    [Test]
    public void Bytes_without_a_normalisation_are_refused_with_the_remedy()
    {
        using InferenceSession session = Compile(new SessionOptions());
        Assert.That(
            () => session.Run(new byte[ImageLength], new float[Classes]),
            Throws.InvalidOperationException.With.Message.Contains("SessionOptions.Normalization"));
    }

    [Test]
    public void A_cancelled_run_stops_and_the_session_goes_on()
    {
        using InferenceSession session = Compile(new SessionOptions { BatchSize = 4 });
        float[] images = TestData.Reals(4 * ImageLength, 4);
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.That(() => session.Run(images, new float[4 * Classes], source.Token), Throws.InstanceOf<OperationCanceledException>());
        session.Run(images, new float[4 * Classes]);
    }

    [Test]
    public void A_disposed_session_says_so_and_may_be_disposed_again()
    {
        InferenceSession session = Compile(new SessionOptions());
        session.Dispose();
        session.Dispose();
        Assert.That(() => session.Run(new float[ImageLength], new float[Classes]), Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public void Disposal_during_a_run_ends_the_run_and_leaks_nothing()
    {
        float[] images = TestData.Reals(400 * ImageLength, 5);
        for (int attempt = 0; attempt < 5; attempt++)
        {
            InferenceSession session = Compile(new SessionOptions { BatchSize = 8, Threads = TestDevices.Threads(device, 2) });
            using var running = new ManualResetEventSlim();
            Task run = Task.Run(() =>
            {
                float[] scores = new float[400 * Classes];
                while (true)
                {
                    running.Set();
                    session.Run(images, scores);
                }
            });
            running.Wait();
            Thread.Sleep(attempt * 3);
            session.Dispose();
            Assert.That(async () => await run, Throws.InstanceOf<ObjectDisposedException>());
        }
    }

    [Test]
    public void A_listener_may_neither_run_nor_dispose_of_its_session()
    {
        using InferenceSession session = Compile(new SessionOptions { BatchSize = 1 });
        float[] image = new float[ImageLength];
        float[] scores = new float[Classes];
        Assert.That(() => session.Run(image, scores, new Intruder(session.Dispose)), Throws.InvalidOperationException);
        Assert.That(() => session.Run(image, scores, new Intruder(() => session.Run(image, scores))), Throws.InvalidOperationException);
        session.Run(image, scores);
    }

    [Test]
    public void Several_threads_may_share_a_session()
    {
        float[] images = TestData.Reals(6 * ImageLength, 6);
        using InferenceSession session = Compile(new SessionOptions { BatchSize = 4 });
        float[] expected = new float[6 * Classes];
        session.Run(images, expected);
        Parallel.For(0, 8, _ =>
        {
            float[] scores = new float[6 * Classes];
            session.Run(images, scores);
            Assert.That(scores.AsSpan().SequenceEqual(expected));
        });
    }

    [Test]
    public void Memory_is_flat_over_many_runs()
    {
        float[] images = TestData.Reals(8 * ImageLength, 7);
        float[] scores = new float[8 * Classes];
        using InferenceSession session = Compile(new SessionOptions { BatchSize = 8 });
        session.Run(images, scores);
        long live = NativeMemoryCounters.LiveBytes;
        for (int run = 0; run < 20; run++)
        {
            session.Run(images, scores);
        }

        Assert.That(NativeMemoryCounters.LiveBytes, Is.EqualTo(live));
    }

    private sealed class Intruder(Action action) : IPhaseListener
    {
        public void OnPhase(in PhaseSpan span, ReadOnlySpan<ThreadSpan> threads) => action();
    }

    private InferenceSession Compile(SessionOptions options) => _network.Compile(device, _weights, options);

    private float[] Run(float[] images, SessionOptions options)
    {
        using InferenceSession session = Compile(options);
        float[] scores = new float[images.Length / ImageLength * Classes];
        session.Run(images, scores);
        return scores;
    }
}
