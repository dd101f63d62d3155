namespace Convoy.Bench;

/// <summary>Images of noise, the same in every process.</summary>
internal static class RandomImages
{
    private const int Seed = 1;

    /// <summary>Makes numbers from -1 to 1 for so many images, one after the other.</summary>
    public static float[] Create(Shape image, int count)
    {
        var random = new Random(Seed);
        var images = new float[count * image.Count];
        foreach (ref float value in images.AsSpan())
        {
            value = (2 * random.NextSingle()) - 1;
        }

        return images;
    }
}
