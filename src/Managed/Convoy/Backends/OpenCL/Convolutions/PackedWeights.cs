using System.Runtime.CompilerServices;

namespace Convoy.Backends.OpenCL.Convolutions;

/// <summary>Lays weights out as convolution.cl reads them: [group][panel][reduction][panel width].</summary>
internal static class PackedWeights
{
    /// <summary>Floats the packed weights take.</summary>
    public static long Count(int groups, int groupFilters, int reduction, int panel) =>
        (long)groups * ((groupFilters + panel - 1) / panel) * reduction * panel;

    /// <summary>
    /// Lays a bias out like the weights' last dimension, so that a whole vector of it can be read: [group][panel][panel width];
    /// and behind it, in the same way, the slopes.
    /// </summary>
    /// <param name="bias">A number a filter; empty for none, which is zeros.</param>
    /// <param name="slopes">A number a filter, or empty where the activation has none.</param>
    /// <param name="groups">Groups of filters.</param>
    /// <param name="groupFilters">Filters of a group.</param>
    /// <param name="panel">The panel's width.</param>
    public static float[] PackBias(ReadOnlySpan<float> bias, ReadOnlySpan<float> slopes, int groups, int groupFilters, int panel)
    {
        int width = (groupFilters + panel - 1) / panel * panel;
        int count = groups * width;
        var packed = new float[slopes.IsEmpty ? count : 2 * count];
        for (int group = 0; group < groups; group++)
        {
            Range filters = (group * groupFilters)..((group + 1) * groupFilters);
            bias[bias.IsEmpty ? .. : filters].CopyTo(packed.AsSpan(group * width));
            slopes[slopes.IsEmpty ? .. : filters].CopyTo(packed.AsSpan(slopes.IsEmpty ? 0 : count + (group * width)));
        }

        return packed;
    }

    /// <summary>
    /// Packs [filters, channels, height, width] so that the reduction runs over height, width and channel, in that order, and
    /// a panel's filters are neighbours. The last panel of a group is filled up with zeros.
    /// </summary>
    public static void Pack(ReadOnlyMemory<float> kernel, int groups, int channels, int height, int width, int panel, Memory<float> packed)
    {
        int reduction = channels * height * width;
        int groupFilters = kernel.Length / reduction / groups;
        int panels = (groupFilters + panel - 1) / panel;
        Parallel.For(0, groups * panels, item =>
        {
            int first = item % panels * panel;
            int count = Math.Min(panel, groupFilters - first);
            ReadOnlySpan<float> filters = kernel.Span.Slice(((item / panels * groupFilters) + first) * reduction, count * reduction);
            Span<float> to = packed.Span.Slice(item * reduction * panel, reduction * panel);
            to.Clear();
            PackPanel(filters, channels, height * width, panel, to);
        });
    }

    // Optimised at once: all is done before code that runs often would be.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackPanel(ReadOnlySpan<float> filters, int channels, int positions, int panel, Span<float> packed)
    {
        int reduction = channels * positions;
        int step = 0;
        for (int position = 0; position < positions; position++)
        {
            for (int c = 0; c < channels; c++, step += panel)
            {
                int filter = step;
                for (int tap = (c * positions) + position; tap < filters.Length; tap += reduction)
                {
                    packed[filter++] = filters[tap];
                }
            }
        }
    }
}
