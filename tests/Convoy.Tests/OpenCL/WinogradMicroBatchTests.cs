using Convoy.Backends.OpenCL;
using Convoy.Backends.OpenCL.Interop;
using Convoy.Tests.Backends;
using Convoy.Tests.Cases;

namespace Convoy.Tests.OpenCL;

/// <summary>A large batch passes Winograd's algorithm in micro-batches, which leave no trace in the scores.</summary>
public sealed class WinogradMicroBatchTests
{
    private const int Images = 30;
    private static readonly Network Convolutions = Build();

    [Test]
    public void An_image_has_the_same_bits_in_any_batch_and_beside_one_full_of_nan()
    {
        IReadOnlyList<Device> devices = TestDevices.RequireOpenCl();
        int length = (int)Convolutions.Input.Shape.Count;
        using WeightSet weights = WeightSet.Random(Convolutions, 3);
        float[] images = TestData.Reals(Images * length, 1);
        float[] spoiled = [.. images];
        spoiled.AsSpan(length, length).Fill(float.NaN);
        foreach (Device device in devices)
        {
            float[] expected = Run(device, weights, images, 1);
            int classes = expected.Length / Images;
            foreach (int batch in new[] { 7, Images })
            {
                Assert.That(Run(device, weights, images, batch).AsSpan().SequenceEqual(expected), $"{device}, batch {batch}");
            }

            float[] scores = Run(device, weights, spoiled, Images);
            Assert.That(scores[classes..(2 * classes)], Has.Some.NaN, $"{device}");
            expected.AsSpan(classes, classes).Clear();
            scores.AsSpan(classes, classes).Clear();
            Assert.That(scores.AsSpan().SequenceEqual(expected), $"{device}: the neighbours of an image full of NaN");
        }
    }

    [Test]
    public void Fewer_images_at_a_time_take_less_workspace()
    {
        TestDevices.RequireOpenCl();
        ClDevice device = ClEnvironment.Inspect().Devices[0];
        OperatorCase convolution = NetworkCases.All.First(each => each.Name == "alexnet:conv3");
        DeviceTraits traits = DeviceTraits.Of(device) with { IsCpu = false, VectorWidth = 4 };
        using var backend = new OpenClBackend(device, traits, options: new() { Convolutions = ConvolutionAlgorithm.Winograd6 });
        using IPreparedRegion region = backend.Partition(convolution.ToGraph(), Images).Single().Prepare([OperatorRunner.Weights(convolution, TestData.Reals)]);
        Assert.That(region.GetWorkspaceBytes(Images), Is.Positive);
        Assert.That(region.GetWorkspaceBytes(Images / 3), Is.LessThan(region.GetWorkspaceBytes(Images) / 2), "a batch that was halved until it fits");
    }

    private static float[] Run(Device device, WeightSet weights, float[] images, int batch)
    {
        var options = new SessionOptions { BatchSize = batch, ConvolutionAlgorithm = ConvolutionAlgorithm.Winograd8 };
        using InferenceSession session = Convolutions.Compile(device, weights, options);
        Assert.That(session.Steps.Select(step => step.Algorithm), Is.All.StartsWith("winograd-8 "));
        float[] scores = new float[images.Length / Convolutions.Input.Shape.Count * session.OutputShape.Count];
        session.Run(images, scores);
        return scores;
    }

    private static Network Build()
    {
        var builder = new NetworkBuilder("convolutions", Shape.Image(48, 26, 26));
        builder.Convolution("folded", 40, 6, stride: 2, padding: 2);
        builder.Convolution("padded", 56, 3, padding: 1).Relu("relu");
        return builder.Build();
    }
}
