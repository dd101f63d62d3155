using Convoy.Backends.OpenCL.Interop;
using Convoy.Memory;
using Convoy.Models;

namespace Convoy.Tests.OpenCL;

/// <summary>Sessions whose batches are in flight together, on every device, however batches reach it.</summary>
[TestFixture(Sharing.InPlace)]
[TestFixture(Sharing.Mapped)]
[TestFixture(Sharing.Separate)]
public sealed class OpenClSessionTests(Sharing sharing) : OpenClFixture
{
    private const int ImageLength = 32 * 32;
    private const int Classes = 10;
    private readonly Network _network = LeNet5.Create();
    private SessionScenario _scenario = null!;
    private WeightSet _weights = null!;

    [OneTimeSetUp]
    public void LoadWeights()
    {
        _scenario = new SessionScenario();
        _weights = PretrainedWeights.LeNet5();
    }

    [OneTimeTearDown]
    public void CloseWeights()
    {
        _scenario?.Dispose();
        _weights?.Dispose();
    }

    [Test]
    public void Many_runs_of_many_batches_give_the_native_answers_in_order()
    {
        const int BatchSize = 8;
        const int MostImages = 40;
        using InferenceSession native = _network.Compile(Device.Native, _weights);
        foreach (ClDevice device in Devices)
        {
            var random = new Random(1);
            using InferenceSession session = _network.Compile(Under(device), _weights, new SessionOptions { BatchSize = BatchSize });
            for (int batches = 0; batches < 60;)
            {
                int count = random.Next(1, MostImages + 1);
                batches += (count + BatchSize - 1) / BatchSize;
                float[] images = TestData.Reals(count * ImageLength, random.Next());
                float[] expected = new float[count * Classes];
                float[] actual = new float[count * Classes];
                native.Run(images, expected);
                session.Run(images, actual);
                Agreement.AssertClose(actual, expected, $"{count} images on {device}");
                Assert.That(actual.Zip(expected, (a, b) => Math.Abs(a - b)), Is.All.LessThan(1e-5f), $"{count} images on {device}");
            }
        }
    }

    [Test]
    public void Numbers_and_bytes_give_the_bits_they_give_where_batches_go_the_other_way()
    {
        byte[] bytes = new byte[21 * ImageLength];
        new Random(2).NextBytes(bytes);
        float[] images = TestData.Reals(21 * ImageLength, 3);
        var options = new SessionOptions { BatchSize = 4, Normalization = PixelNormalization.FromMeanAndDeviation([0.5f], [0.25f]) };
        foreach (ClDevice device in Devices)
        {
            float[][] answers = [.. new[] { sharing, (Sharing)(((int)sharing + 1) % 3) }.Select(each =>
            {
                using InferenceSession session = _network.Compile(Under(device, each), _weights, options);
                float[] scores = new float[2 * 21 * Classes];
                session.Run(images, scores.AsSpan(0, 21 * Classes));
                session.Run(bytes, scores.AsSpan(21 * Classes));
                return scores;
            })];
            Assert.That(answers[0].AsSpan().SequenceEqual(answers[1]), device.Name);
        }
    }

    [Test]
    public void A_listener_hears_of_every_kernel_and_transfer_of_every_batch_once_and_in_order()
    {
        (string[] wayIn, string[] wayOut) = sharing switch
        {
            Sharing.InPlace => (new[] { "nchw_to_nhwc" }, new[] { "read buffer" }),
            Sharing.Mapped => (["unmap buffer", "nchw_to_nhwc"], ["read buffer"]),
            _ => (["write buffer", "nchw_to_nhwc"], ["copy buffer", "read buffer"]),
        };
        (int Step, string Kernel)[] expected =
        [
            .. wayIn.Select(kernel => (-1, kernel)),
            .. SessionScenario.Kernels.SelectMany((kernels, step) => kernels.Select(kernel => (step, kernel))),
            .. wayOut.Select(kernel => (-1, kernel)),
        ];
        foreach (ClDevice device in Devices)
        {
            using InferenceSession session = _scenario.Compile(Under(device));
            var listener = new Listener();
            _scenario.Run(session, listener);
            const int Batches = (SessionScenario.Images + SessionScenario.BatchSize - 1) / SessionScenario.BatchSize;
            Assert.That(listener.Phases, Has.Count.EqualTo(Batches * expected.Length));
            Assert.That(listener.Phases.Select(each => each.Begin), Is.All.Not.Negative);
            Assert.That(listener.Phases.Select(each => each.End - each.Begin), Is.All.Not.Negative);
            foreach (Heard[] batch in listener.Phases.Chunk(expected.Length))
            {
                Assert.That(batch.Select(each => (each.Step, each.Kernel)), Is.EqualTo(expected));
                Phase[] phases = [.. batch.Select(each => each.Phase)];
                Assert.That(phases, Is.Ordered);
                Assert.That(phases.Count(phase => phase == Phase.Upload), Is.EqualTo(wayIn.Length));
                Assert.That(phases.Count(phase => phase == Phase.Download), Is.EqualTo(wayOut.Length));
                Assert.That(batch.Zip(batch.Skip(1), (one, next) => next.End - one.End), Is.All.Not.Negative, "each ends after the one before");
                Heard[] computing = [.. batch.Where(each => each.Phase == Phase.Compute)];
                Assert.That(computing.Zip(computing.Skip(1), (one, next) => next.Begin - one.End), Is.All.Not.Negative, "kernels do not overlap");
            }

            // The conversion of a batch waits for its upload, which takes time of its own.
            Assert.That(listener.Phases.Sum(each => each.Phase == Phase.Upload ? each.End - each.Begin : 0), Is.Positive);
        }
    }

    [Test]
    public void A_steady_state_run_allocates_no_managed_memory()
    {
        using InferenceSession session = _network.Compile(Under(AnyDevice), _weights, new SessionOptions { BatchSize = 4 });
        float[] images = TestData.Reals(10 * ImageLength, 4);
        float[] scores = new float[10 * Classes];
        for (int i = 0; i < 50; i++)
        {
            session.Run(images, scores);
        }

        ManagedAllocation.AssertNone(() => session.Run(images, scores));
    }

    [Test]
    public void The_devices_memory_is_counted_stays_flat_and_is_all_given_back()
    {
        Device device = Under(AnyDevice);
        MemoryCounters memory = device.Memory!;
        using (InferenceSession session = _scenario.Compile(device))
        {
            _scenario.Run(session);
            long live = memory.LiveBytes;
            Assert.That(live, Is.GreaterThan(session.ArenaBytes + session.PackedBytes));
            for (int run = 0; run < 10; run++)
            {
                _scenario.Run(session);
            }

            Assert.That((memory.LiveBytes, memory.PeakBytes), Is.EqualTo((live, live)));
        }

        Assert.That((memory.LiveBytes, memory.PooledBytes), Is.EqualTo((0L, 0L)));
    }

    private Device Under(ClDevice device) => Under(device, sharing);

    private static Device Under(ClDevice device, Sharing sharing) => SessionScenario.DeviceOf(device, SharingTraits.Of(device, sharing));

    private readonly record struct Heard(int Step, Phase Phase, string? Kernel, long Begin, long End);

    private sealed class Listener : IPhaseListener
    {
        public List<Heard> Phases { get; } = [];

        public void OnPhase(in PhaseSpan span, ReadOnlySpan<ThreadSpan> threads) =>
            Phases.Add(new(span.Step, span.Phase, span.Name, span.BeginNanoseconds, span.EndNanoseconds));
    }
}
