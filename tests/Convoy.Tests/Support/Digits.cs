using Convoy.Imaging;

namespace Convoy.Tests.Support;

/// <summary>Real handwritten digits as networks' inputs, and what scores read them as.</summary>
internal static class Digits
{
    /// <summary>The first of MNIST's test digits at the size a network takes, one after the other; skips the test where they are not there.</summary>
    public static float[] Read(Network network, int count) => Read(MnistDataset.Open(SharedData.Require("mnist")), network.Input.Shape, count);

    /// <summary>The first digits of a set.</summary>
    public static float[] Read(MnistDataset digits, Shape input, int count)
    {
        int length = (int)input.Count;
        float[] images = new float[count * length];
        for (int i = 0; i < count; i++)
        {
            digits.CopyImage(i, images.AsSpan(i * length, length), input.Height, input.Width);
        }

        return images;
    }

    /// <summary>The likeliest digit of each ten scores.</summary>
    public static int[] Predict(float[] scores) => [.. scores.Chunk(10).Select(each => Array.IndexOf(each, each.Max()))];
}
