using Convoy.Backends.Winograd;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Convoy.Layers;

namespace Convoy.Backends.OpenCL.Convolutions;

/// <summary>
/// The taps of a panel's filters over one channel, and their transform to all points: polynomials of the taps along the
/// columns, then along the rows, a vector of filters at a time. Filters beyond the last are zero.
/// </summary>
/// <remarks>Optimised at once: all is done before code that runs often would be.</remarks>
internal sealed class WinogradFilters
{
    private readonly Extent2D _extent;
    private readonly WinogradGeometry _geometry;
    private readonly int _panel;
    private readonly int _vectors;
    private readonly double[] _points;
    private readonly Vector<double>[] _taps;
    private readonly Vector<double>[] _halfWay;
    private readonly Vector<double>[] _value;

    /// <summary>Makes room for a panel of filters of so many rows and columns.</summary>
    public WinogradFilters(Extent2D extent, WinogradGeometry geometry, int panel)
    {
        _extent = extent;
        _geometry = geometry;
        _panel = panel;
        _vectors = (panel + Vector<double>.Count - 1) / Vector<double>.Count;
        _points = [.. WinogradPoints.Of(geometry.Pairs).ToArray().SelectMany(point => new[] { point, -point })];
        _taps = new Vector<double>[geometry.Rows.Taps * geometry.Columns.Taps * _vectors];
        _halfWay = new Vector<double>[geometry.Rows.Taps * geometry.Columns.PointsOf(geometry.Pairs) * _vectors];
        _value = new Vector<double>[_vectors];
    }

    /// <summary>
    /// Reads the taps of a folded channel, which is a place within the pixels that became one and a channel there; taps beyond
    /// a filter's edge are zero.
    /// </summary>
    /// <param name="kernel">[filter][channel][row][column].</param>
    /// <param name="first">The panel's first filter.</param>
    /// <param name="count">Its filters.</param>
    /// <param name="channel">The folded channel of their group.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Read(ReadOnlySpan<float> kernel, int first, int count, int channel)
    {
        int stride = _geometry.Stride;
        int channels = _geometry.Channels / _geometry.Groups / (stride * stride);
        (int place, int source) = (channel / channels, channel % channels);
        int filterFloats = channels * _extent.Height * _extent.Width;
        Span<double> taps = MemoryMarshal.Cast<Vector<double>, double>(_taps.AsSpan());
        taps.Clear();
        int lanes = _vectors * Vector<double>.Count;
        for (int i = 0; i < taps.Length / lanes; i++)
        {
            int row = (i / _geometry.Columns.Taps * stride) + (place / stride);
            int column = (i % _geometry.Columns.Taps * stride) + (place % stride);
            if (row < _extent.Height && column < _extent.Width)
            {
                int at = (first * filterFloats) + (((source * _extent.Height) + row) * _extent.Width) + column;
                Span<double> tap = taps.Slice(i * lanes, count);
                for (int filter = 0; filter < count; filter++)
                {
                    tap[filter] = kernel[at + (filter * filterFloats)];
                }
            }
        }
    }

    /// <summary>Writes the transformed filters, a panel for each point.</summary>
    /// <param name="packed">Where the first goes.</param>
    /// <param name="planeFloats">From one to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Transform(Span<float> packed, int planeFloats)
    {
        int pointsHeight = _geometry.Rows.PointsOf(_geometry.Pairs);
        int pointsWidth = _geometry.Columns.PointsOf(_geometry.Pairs);
        int rowVectors = pointsWidth * _vectors;
        for (int row = 0; row < _geometry.Rows.Taps; row++)
        {
            ReadOnlySpan<Vector<double>> taps = _taps.AsSpan(row * _geometry.Columns.Taps * _vectors);
            for (int point = 0; point < pointsWidth; point++)
            {
                ValueAt(point, taps, _vectors, _geometry.Columns.Taps, _halfWay.AsSpan((row * rowVectors) + (point * _vectors), _vectors));
            }
        }

        ReadOnlySpan<double> value = MemoryMarshal.Cast<Vector<double>, double>(_value.AsSpan());
        for (int plane = 0; plane < pointsHeight * pointsWidth; plane++)
        {
            ValueAt(plane / pointsWidth, _halfWay.AsSpan(plane % pointsWidth * _vectors), rowVectors, _geometry.Rows.Taps, _value);
            Span<float> to = packed.Slice(plane * planeFloats, _panel);
            for (int filter = 0; filter < to.Length; filter++)
            {
                to[filter] = (float)value[filter];
            }
        }
    }

    /// <summary>Polynomials of so many taps, lowest power first, at a point; at infinity, which comes last, the last tap.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ValueAt(int point, ReadOnlySpan<Vector<double>> taps, int step, int count, Span<Vector<double>> value)
    {
        for (int i = 0; i < value.Length; i++)
        {
            Vector<double> sum = taps[((count - 1) * step) + i];
            for (int k = count - 2; k >= 0 && point < _points.Length; k--)
            {
                sum = (sum * _points[point]) + taps[(k * step) + i];
            }

            value[i] = sum;
        }
    }
}
