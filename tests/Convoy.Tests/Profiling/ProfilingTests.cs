using Convoy.Models;
using Convoy.Profiling;
using Convoy.Runtime;
using Convoy.Weights;

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
            NetworkProfile profile = session.Profile(new float[3 * 1024], 3);
            Assert.That(profile.Layers.Select(layer => layer.Step.Name), Is.EqualTo((string[])["input", .. rows, "output"]));
            Assert.That(profile.Layers.Skip(1).SkipLast(1).Select(layer => layer.Milliseconds), Is.All.GreaterThan(0));
            Assert.That(profile.Layers.Sum(profile.PercentOfTime), Is.EqualTo(100).Within(1e-6));
            Assert.That(profile.Layers.Sum(layer => layer.GigaFlops), Is.EqualTo(2e-9 * 3 * LeNet5.Create().MultiplyAdds).Within(1e-12));
            Assert.That(profile.Images, Is.EqualTo(3));
            Assert.That(profile.PercentOfPeak(profile.Layers[1]), Is.Null, "no peak was measured");
        }
    }

    [TestCase(0)]
    [TestCase(5)]
    public void A_profile_of_no_images_or_more_than_a_batch_is_refused(int images)
    {
        using WeightSet weights = PretrainedWeights.LeNet5();
        using InferenceSession session = LeNet5.Create().Compile(Device.Native, weights, new SessionOptions { BatchSize = 4 });
        Assert.That(() => session.Profile(new float[images * 1024]), Throws.ArgumentException.With.Message.Contains("1 to 4 images"));
    }

    [Test]
    public void Peaks_of_more_threads_than_processors_are_those_of_the_processors() =>
        Assert.That(MachinePeaks.Measure(200).Threads, Is.EqualTo(Math.Min(200, Environment.ProcessorCount)));

    [Test]
    public void The_machines_peaks_are_measured()
    {
        var peaks = MachinePeaks.Measure(2);
        Assert.That(peaks.Threads, Is.EqualTo(2));
        Assert.That(peaks.GigaFlopsPerSecond, Is.GreaterThan(0).And.LessThan(1e6));
        Assert.That(peaks.GigaBytesPerSecond, Is.GreaterThan(0).And.LessThan(1e6));
    }
}
