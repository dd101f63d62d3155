using System.Runtime.CompilerServices;

namespace Convoy.Backends.OpenCL.Verification;

/// <summary>Where the numbers of an image lie, which are counted in channel, row, column order.</summary>
internal static class ValueLayout
{
    /// <summary>The place of a number in an image.</summary>
    public static int PlaceOf(int number, Shape shape, Layout layout)
    {
        int area = shape.Height * shape.Width;
        return layout switch
        {
            Layout.Nchw => number,
            Layout.Nhwc => (number % area * shape.Channels) + (number / area),
            _ => throw new BackendException($"There is no order of numbers in the layout {layout}."),
        };
    }

    /// <summary>Puts the numbers of images into a layout.</summary>
    // Optimised at once, as all that passes over whole maps: a check comes before code that runs often would be.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float[] Arrange(ReadOnlySpan<float> numbers, Shape shape, Layout layout)
    {
        var arranged = new float[numbers.Length];
        int count = (int)shape.Count;
        int area = shape.Height * shape.Width;
        (int channelStride, int pixelStride) = layout == Layout.Nchw ? (area, 1) : (1, shape.Channels);
        for (int channel = 0; channel < numbers.Length / area; channel++)
        {
            ReadOnlySpan<float> plane = numbers.Slice(channel * area, area);
            Span<float> to = arranged.AsSpan(channel / shape.Channels * count);
            for (int i = 0, place = channel % shape.Channels * channelStride; i < area; i++, place += pixelStride)
            {
                to[place] = plane[i];
            }
        }

        return arranged;
    }
}
