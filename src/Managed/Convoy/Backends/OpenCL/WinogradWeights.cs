using Convoy.Layers;

namespace Convoy.Backends.OpenCL;

/// <summary>
/// Filters of Winograd convolution: each evaluated at the points, in double precision, and laid out as convolution.cl reads
/// the weights of many planes: [plane][group][panel][channel][panel width].
/// </summary>
internal static class WinogradWeights
{
    /// <summary>Floats the packed weights take.</summary>
    public static long Count(WinogradGeometry geometry, int panel) =>
        geometry.Planes * PackedWeights.Count(geometry.Groups, geometry.Filters / geometry.Groups, geometry.Channels / geometry.Groups, panel);

    /// <summary>Packs [filter][channel][row][column].</summary>
    /// <param name="kernel">The filters.</param>
    /// <param name="extent">Rows and columns of a filter.</param>
    /// <param name="geometry">How they are computed.</param>
    /// <param name="panel">The panel's width.</param>
    /// <param name="packed">Where they go.</param>
    public static void Pack(ReadOnlyMemory<float> kernel, Extent2D extent, WinogradGeometry geometry, int panel, Memory<float> packed)
    {
        int depth = geometry.Channels / geometry.Groups;
        int groupFilters = geometry.Filters / geometry.Groups;
        int panels = (groupFilters + panel - 1) / panel;
        long planeFloats = PackedWeights.Count(geometry.Groups, groupFilters, depth, panel);
        packed.Span.Clear();
        Parallel.For(0, geometry.Groups * panels, item =>
        {
            int first = item / panels * groupFilters;
            int begin = first + (item % panels * panel);
            int end = Math.Min(begin + panel, first + groupFilters);
            var filter = new Filter(extent, geometry);
            for (int k = 0; k < depth; k++)
            {
                for (int f = begin; f < end; f++)
                {
                    ReadOnlySpan<double> values = filter.Evaluate(kernel.Span, f, k);
                    long at = (((long)item * depth) + k) * panel + (f - begin);
                    for (int plane = 0; plane < values.Length; plane++, at += planeFloats)
                    {
                        packed.Span[checked((int)at)] = (float)values[plane];
                    }
                }
            }
        });
    }

    /// <summary>The taps of one filter over one channel, at all points.</summary>
    private sealed class Filter(Extent2D extent, WinogradGeometry geometry)
    {
        private readonly int _height = geometry.Rows.Taps;
        private readonly int _width = geometry.Columns.Taps;
        private readonly double[] _taps = new double[geometry.Rows.Taps * geometry.Columns.Taps];
        private readonly double[] _halfWay = new double[geometry.Rows.Taps * geometry.Columns.PointsOf(geometry.Pairs)];
        private readonly double[] _values = new double[geometry.Planes];

        /// <summary>[row's point][column's point].</summary>
        public ReadOnlySpan<double> Evaluate(ReadOnlySpan<float> kernel, int filter, int channel)
        {
            Gather(kernel, filter, channel);
            int pointsWidth = geometry.Columns.PointsOf(geometry.Pairs);
            for (int point = 0; point < pointsWidth; point++)
            {
                for (int row = 0; row < _height; row++)
                {
                    _halfWay[(row * pointsWidth) + point] = ValueAt(point, _taps.AsSpan(row * _width), 1, _width);
                }
            }

            for (int plane = 0; plane < _values.Length; plane++)
            {
                _values[plane] = ValueAt(plane / pointsWidth, _halfWay.AsSpan(plane % pointsWidth), pointsWidth, _height);
            }

            return _values;
        }

        /// <summary>A folded channel is a place within the pixels that became one, and a channel there; taps beyond the filter's edge are zero.</summary>
        private void Gather(ReadOnlySpan<float> kernel, int filter, int channel)
        {
            int stride = geometry.Stride;
            int channels = geometry.Channels / geometry.Groups / (stride * stride);
            (int place, int source) = (channel / channels, channel % channels);
            ReadOnlySpan<float> taps = kernel.Slice(((filter * channels) + source) * extent.Height * extent.Width, extent.Height * extent.Width);
            for (int i = 0; i < _taps.Length; i++)
            {
                int row = (i / _width * stride) + (place / stride);
                int column = (i % _width * stride) + (place % stride);
                _taps[i] = row < extent.Height && column < extent.Width ? taps[(row * extent.Width) + column] : 0;
            }
        }

        /// <summary>A polynomial of so many taps, lowest power first, at a point: plus and minus each pair's, then infinity.</summary>
        private double ValueAt(int point, ReadOnlySpan<double> taps, int step, int count)
        {
            ReadOnlySpan<double> positive = WinogradPoints.Of(geometry.Pairs);
            if (point == 2 * positive.Length)
            {
                return taps[(count - 1) * step];
            }

            double a = point % 2 == 0 ? positive[point / 2] : -positive[point / 2];
            double sum = 0;
            for (int k = count - 1; k >= 0; k--)
            {
                sum = (sum * a) + taps[k * step];
            }

            return sum;
        }
    }
}
