using Convoy.Models;
using Convoy.Profiling;

namespace Convoy.Tests.Profiling;

public sealed class ProfilingTests
{
    [Test]
    public void A_profile_has_a_row_a_step_between_the_way_in_and_the_way_out()
    {
        string[] steps = ["conv1", "pool1", "conv2", "pool2", "conv3", "fc1", "fc2", "prob"];
        string[] chain = [string.Join(' ', steps)];
        foreach ((Device device, bool allowChains, string[] rows) in
            new[] { (Device.Native, true, chain), (Device.Native, false, steps), (Device.Reference, true, steps) })
        {
            using WeightSet weights = PretrainedWeights.LeNet5();
            using InferenceSession session = LeNet5.Create().Compile(
                device, weights, new SessionOptions { BatchSize = 4, AllowChains = allowChains });
            NetworkProfile profile = session.Profile(new float[3 * 1024], new ProfileOptions { Batches = 3, UsesPeaks = false });
            Assert.That(profile.Layers.Select(layer => layer.Name), Is.EqualTo((string[])["input", .. rows, "output"]));
            Assert.That(profile.Layers.Skip(1).SkipLast(1).Select(layer => layer.Milliseconds), Is.All.GreaterThan(0));
            Assert.That(profile.Layers.Sum(layer => layer.Percent), Is.EqualTo(100).Within(1e-6));
            Assert.That(profile.Layers.Sum(layer => layer.GigaFlops), Is.EqualTo(2e-9 * 3 * LeNet5.Create().MultiplyAdds).Within(1e-12));
            Assert.That(profile.Images, Is.EqualTo(3));
            Assert.That(profile.Layers[1].PercentOfPeak, Is.Null, "no peak was wanted");
        }
    }

    [Test]
    public void Kernels_of_a_step_are_told_apart_and_what_overlaps_counts_once()
    {
        const long Millisecond = 1_000_000;
        var device = new StagedDevice("overlapping", each =>
        {
            each.Listener?.OnPhase(new PhaseSpan(0, Phase.Compute, "first", 0, 3 * Millisecond), []);
            each.Listener?.OnPhase(new PhaseSpan(0, Phase.Compute, "second", 4 * Millisecond, 6 * Millisecond), []);
            each.Listener?.OnPhase(new PhaseSpan(-1, Phase.Upload, "write buffer", 2 * Millisecond, 5 * Millisecond), []);
        });
        using WeightSet weights = PretrainedWeights.LeNet5();
        using InferenceSession session = LeNet5.Create().Compile(device.Device, weights, new SessionOptions { BatchSize = 1 });
        NetworkProfile profile = session.Profile(new float[1024], new ProfileOptions { Batches = 1, UsesPeaks = false });
        Assert.That(
            profile.Layers[1].Phases.Where(phase => phase.Name is "first" or "second").Select(phase => (phase.Name, phase.Milliseconds, phase.Launches)),
            Is.EqualTo(new[] { ("first", 3.0, 1), ("second", 2.0, 1) }));
        Assert.That(profile.Layers[1].Milliseconds, Is.GreaterThan(5), "the kernels and the device's own");
        Assert.That(profile.Layers[0].Phases.Select(phase => phase.Name), Has.Member("write buffer"));
        Assert.That(profile.Layers[2].Phases, Is.Empty);
        Assert.That(profile.SumMilliseconds - profile.BusyMilliseconds, Is.EqualTo(2).Within(1e-6), "the upload ran beside the kernels for 2 of its 3 ms");
        Assert.That(profile.GapMilliseconds, Is.EqualTo(profile.WallMilliseconds - profile.BusyMilliseconds));
    }

    [Test]
    public void A_profile_counts_its_batches_as_they_are_measured()
    {
        List<ProfileProgress> measured = [];
        using WeightSet weights = PretrainedWeights.LeNet5();
        using InferenceSession session = LeNet5.Create().Compile(Device.Reference, weights, new SessionOptions { BatchSize = 1 });
        NetworkProfile profile = session.Profile(new float[1024], new ProfileOptions { Batches = 3, Progress = measured.Add });
        Assert.That(measured.Distinct(), Is.EqualTo(new[] { 0, 1, 2, 3 }.Select(done => new ProfileProgress(ProfileStage.Batches, done, 3))));
        Assert.That(profile.Interrupted, Is.False);
    }

    [TestCase(0)]
    [TestCase(5)]
    public void A_profile_of_no_images_or_more_than_a_batch_is_refused(int images)
    {
        using WeightSet weights = PretrainedWeights.LeNet5();
        using InferenceSession session = LeNet5.Create().Compile(Device.Native, weights, new SessionOptions { BatchSize = 4 });
        Assert.That(() => session.Profile(new float[images * 1024]), Throws.ArgumentException.With.Message.Contains("1 to 4 images"));
        Assert.That(() => session.Profile(new float[1024 + 1]), Throws.ArgumentException.With.Message.Contains("1,025 numbers"));
    }

    [Test]
    public void A_stream_tells_the_time_from_answer_to_answer_and_what_overlapped()
    {
        foreach (Device device in Device.All.Where(each => each.IsAvailable))
        {
            using WeightSet weights = PretrainedWeights.LeNet5();
            using InferenceSession session = LeNet5.Create().Compile(device, weights, new SessionOptions { BatchSize = 4, AllowChains = device == Device.Native });
            float[] images = new float[3 * 1024];
            Assert.That(session.TimeStream(images, 0, 5), Has.Count.EqualTo(5).And.All.Positive);
            StreamProfile profile = session.ProfileStream(images);
            Assert.That(profile.BatchesInFlight, Is.EqualTo(session.BatchesInFlight));
            // The native device's chain reads LeNet-5's images where they are.
            Assert.That(profile.UploadMilliseconds, device == Device.Native ? Is.Zero : Is.Positive);
            Assert.That(profile.ComputeMilliseconds, Is.Positive);
            Assert.That(profile.DownloadMilliseconds, Is.Positive);
            Assert.That(profile.WallMilliseconds, Is.Positive);
            Assert.That(profile.OverlappedMilliseconds, Is.InRange(0, session.BatchesInFlight > 1 ? profile.TransferMilliseconds : 0));
        }
    }

    [TestCase(0)]
    [TestCase(5)]
    public void A_stream_of_no_images_or_more_than_a_batch_is_refused(int images)
    {
        using WeightSet weights = PretrainedWeights.LeNet5();
        using InferenceSession session = LeNet5.Create().Compile(Device.Reference, weights, new SessionOptions { BatchSize = 4 });
        Assert.That(() => session.TimeStream(new float[images * 1024], 0), Throws.ArgumentException.With.Message.Contains("1 to 4 images"));
        Assert.That(() => session.ProfileStream(new float[(images * 1024) + 1]), Throws.ArgumentException.With.Message.Contains("1 to 4 images"));
    }

    [Test]
    public void What_overlapped_is_a_transfers_time_beside_the_computing_of_another_batch()
    {
        using WeightSet none = WeightSet.FromTensors("none", []);
        Network network = new NetworkBuilder("identity", Shape.Vector(1)).Dropout("nothing", 0).Build();
        var device = new StagedDevice("device", _ => { }, batchesInFlight: 2) { Phases = Timeline };
        using InferenceSession session = network.Compile(device.Device, none, new SessionOptions { BatchSize = 1 });
        StreamProfile profile = session.ProfileStream([1f]);
        Assert.That(profile.UploadMilliseconds, Is.EqualTo(4).Within(1e-9));
        Assert.That(profile.ComputeMilliseconds, Is.EqualTo(10).Within(1e-9));
        Assert.That(profile.DownloadMilliseconds, Is.EqualTo(3).Within(1e-9));
        Assert.That(profile.OverlappedMilliseconds, Is.EqualTo(4 + 2).Within(1e-9));

        // A millisecond lies between two batches' computing, in which a third of the download falls.
        static void Timeline(int batch, Action<Phase, double, double> tell)
        {
            double begin = 11.0 * batch;
            tell(Phase.Upload, begin - 5, begin - 1);
            tell(Phase.Compute, begin, begin + 10);
            tell(Phase.Download, begin + 10, begin + 13);
        }
    }

    [TestCase(true)]
    [TestCase(false)]
    public void A_stream_has_transfers_where_the_device_has_memory_of_its_own(bool isUnified)
    {
        using WeightSet none = WeightSet.FromTensors("none", []);
        Network network = new NetworkBuilder("identity", Shape.Vector(1)).Dropout("nothing", 0).Build();
        var limits = new DeviceLimits(DeviceType.Gpu, 1, 1, 1, 1, 1, false, isUnified, "OpenCL 1.2", "1");
        var device = new StagedDevice("device", _ => { }, batchesInFlight: 2, limits);
        using InferenceSession session = network.Compile(device.Device, none, new SessionOptions { BatchSize = 1 });
        Assert.That(session.ProfileStream([1f]).TransfersBatches, Is.EqualTo(!isUnified));
    }
}
