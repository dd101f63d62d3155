namespace Convoy.Backends.OpenCL.Convolutions;

/// <summary>Lays weights out as convolution.cl reads them: [group][panel][reduction][panel width].</summary>
internal static class PackedWeights
{
    /// <summary>Floats the packed weights take.</summary>
    public static long Count(int groups, int groupFilters, int reduction, int panel) =>
        (long)groups * ((groupFilters + panel - 1) / panel) * reduction * panel;

    /// <summary>Lays a bias out like the weights' last dimension, so that a whole vector of it can be read: [group][panel][panel width].</summary>
    /// <param name="bias">A number a filter; empty for none.</param>
    /// <param name="groups">Groups of filters.</param>
    /// <param name="groupFilters">Filters of a group.</param>
    /// <param name="panel">The panel's width.</param>
    public static float[] PackBias(ReadOnlySpan<float> bias, int groups, int groupFilters, int panel)
    {
        int width = (groupFilters + panel - 1) / panel * panel;
        var packed = new float[groups * width];
        for (int group = 0; group < groups && !bias.IsEmpty; group++)
        {
            bias.Slice(group * groupFilters, groupFilters).CopyTo(packed.AsSpan(group * width));
        }

        return packed;
    }

    /// <summary>
    /// Packs [filters, channels, height, width] so that the reduction runs over height, width and channel, in that order, and
    /// a panel's filters are neighbours. The last panel of a group is filled up with zeros.
    /// </summary>
    public static void Pack(ReadOnlySpan<float> kernel, int groups, int channels, int height, int width, int panel, Span<float> packed)
    {
        int reduction = channels * height * width;
        int groupFilters = kernel.Length / reduction / groups;
        packed.Clear();
        int next = 0;
        for (int group = 0; group < groups; group++)
        {
            for (int first = 0; first < groupFilters; first += panel)
            {
                int count = Math.Min(panel, groupFilters - first);
                for (int filter = 0; filter < count; filter++)
                {
                    ReadOnlySpan<float> source = kernel.Slice(((group * groupFilters) + first + filter) * reduction, reduction);
                    int step = next + filter;
                    for (int position = 0; position < height * width; position++)
                    {
                        for (int c = 0; c < channels; c++)
                        {
                            packed[step] = source[(c * height * width) + position];
                            step += panel;
                        }
                    }
                }

                next += reduction * panel;
            }
        }
    }
}
