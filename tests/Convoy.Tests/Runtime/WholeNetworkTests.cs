using Convoy.Models;

namespace Convoy.Tests.Runtime;

/// <summary>AlexNet and LeNet-5 whole: every device gives the same answers.</summary>
public sealed class WholeNetworkTests
{
    private const int Count = 1000;

    // Five convolutions of 1e-5 each at most.
    private const double AlexNetError = 5e-5;

    [Test]
    public void AlexNet_agrees_with_the_oracle_on_every_device()
    {
        Network network = AlexNet.Create();
        using WeightSet weights = WeightSet.Random(network, 1);
        float[] images = TestData.Reals((int)network.Input.Shape.Count, 1);
        float[] expected = Run(network, weights, Device.Reference, images, 1);
        foreach (Device device in TestDevices.Judged)
        {
            Agreement.AssertClose(Run(network, weights, device, images, 1), expected, $"alexnet on {device}", AlexNetError);
        }
    }

    [Test]
    public void LeNet5_reads_the_same_digits_on_native_and_every_opencl_device()
    {
        IReadOnlyList<Device> devices = TestDevices.RequireOpenCl();
        Network network = LeNet5.Create();
        using WeightSet weights = PretrainedWeights.LeNet5();
        float[] images = Digits.Read(network, Count);
        int[] expected = Digits.Predict(Run(network, weights, Device.Native, images, 64));
        foreach (Device device in devices)
        {
            Assert.That(Digits.Predict(Run(network, weights, device, images, 64)), Is.EqualTo(expected), $"{device}");
        }
    }

    private static float[] Run(Network network, WeightSet weights, Device device, float[] images, int batch)
    {
        using InferenceSession session = network.Compile(device, weights, new SessionOptions { BatchSize = batch });
        float[] scores = new float[images.Length / network.Input.Shape.Count * network.Output.Shape.Count];
        session.Run(images, scores);
        return scores;
    }
}
