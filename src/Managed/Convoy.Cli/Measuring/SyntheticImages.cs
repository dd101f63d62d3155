using Convoy.Memory;

namespace Convoy.Cli.Measuring;

/// <summary>Noise to measure with: speed does not depend on what an image shows.</summary>
internal static class SyntheticImages
{
    private const int Seed = 1;

    /// <summary>As many images as asked for, the same ones each time, with numbers from -1 to 1.</summary>
    public static PooledBuffer<float> Create(InferenceSession session, int count)
    {
        int length = (int)session.InputShape.Count;
        PooledBuffer<float> images = NativeMemoryPool.Shared.Rent<float>((long)count * length);

        // One image of noise, repeated: drawing numbers would take longer than computing on them.
        var random = new Random(Seed);
        Span<float> first = images.Span[..length];
        foreach (ref float value in first)
        {
            value = (2 * random.NextSingle()) - 1;
        }

        for (int i = 1; i < count; i++)
        {
            first.CopyTo(images.Span.Slice(i * length, length));
        }

        return images;
    }
}
