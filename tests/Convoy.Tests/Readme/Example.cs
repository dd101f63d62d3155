using Convoy.Imaging;
using Convoy.Models;

namespace Convoy.Tests.Readme;

/// <summary>The README's C# example, compiled and run: what stands between the markers stands there too.</summary>
internal static class Example
{
    public static void Run(string directory, TextWriter output)
    {
        // example begins
        using WeightSet weights = PretrainedWeights.LeNet5();
        using InferenceSession session = LeNet5.Create().Compile(Device.Default, weights, new SessionOptions { BatchSize = 64 });

        MnistDataset digits = MnistDataset.Open(directory);
        float[] images = new float[3 * 32 * 32];
        for (int i = 0; i < 3; i++)
        {
            digits.CopyImage(i, images.AsSpan(i * 32 * 32, 32 * 32), height: 32, width: 32);
        }

        float[] scores = new float[3 * 10];
        session.Run(images, scores);
        for (int i = 0; i < 3; i++)
        {
            Span<float> digit = scores.AsSpan(i * 10, 10);
            output.WriteLine($"a {digits.GetLabel(i)} is read as a {digit.IndexOf(digit.ToArray().Max())}");
        }

        // example ends
    }
}
