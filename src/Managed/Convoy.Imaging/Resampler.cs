using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Convoy.Imaging;

/// <summary>
/// Resamples the crop window of an RGBA picture: every source row that the window needs is filtered along its columns into a
/// ring of byte rows, and the ring's rows are combined into one row of the crop at a time, which goes to a sink.
/// </summary>
/// <remarks>
/// Both passes compute sum(weight * byte), add half, drop the fraction and clamp to 255, so the rows between the
/// passes are bytes too (as in Pillow). Nothing larger than the ring is allocated: one row a filter tap.
/// </remarks>
internal static class Resampler
{
    private const int PixelBytes = 4;
    private const int Half = 1 << (AxisFilter.FractionBits - 1);

    // How far a pixel's channels may lie apart while it still passes for grey: lossy formats let them drift.
    private const int GreyTolerance = 24;

    /// <param name="pixels">The picture: RGBA rows without gaps. Overwritten with luma where <paramref name="toGrey"/>.</param>
    /// <param name="width">The picture's width in pixels.</param>
    /// <param name="columns">The filter along a row.</param>
    /// <param name="rows">The filter along a column.</param>
    /// <param name="toGrey">Whether each pixel becomes its luma before it is resampled.</param>
    /// <param name="sink">Receives the crop's rows, top to bottom as stored.</param>
    /// <returns>How many of the pixels that became luma were in colour.</returns>
    public static long Resample<TSink>(Span<byte> pixels, int width, in AxisFilter columns, in AxisFilter rows, bool toGrey, ref TSink sink)
        where TSink : IRowSink, allows ref struct
    {
        int rowBytes = columns.Count * PixelBytes;
        int pitch = (rowBytes + Vector128<byte>.Count - 1) & -Vector128<byte>.Count;
        byte[] rented = ArrayPool<byte>.Shared.Rent(checked((rows.Taps + 1) * pitch));
        try
        {
            Span<byte> ring = rented.AsSpan(0, rows.Taps * pitch);
            Span<byte> combined = rented.AsSpan(ring.Length, pitch);
            long coloured = 0;
            int next = 0;
            for (int i = 0; i < rows.Count; i++)
            {
                int start = rows.Start(i);
                for (next = Math.Max(next, start); next < start + rows.Taps; next++)
                {
                    Span<byte> source = pixels.Slice(next * width * PixelBytes, width * PixelBytes);
                    if (toGrey)
                    {
                        coloured += ToGrey(source);
                    }

                    FilterRow(source, columns, ring.Slice(next % rows.Taps * pitch, rowBytes));
                }

                CombineRows(ring, pitch, start % rows.Taps, rows.Weights(i), combined);
                sink.Write(i, combined[..rowBytes]);
            }

            return coloured;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static int ToGrey(Span<byte> row)
    {
        int coloured = 0;
        for (int i = 0; i + PixelBytes <= row.Length; i += PixelBytes)
        {
            (byte red, byte green, byte blue) = (row[i], row[i + 1], row[i + 2]);
            byte luma = (byte)(((red * 19595) + (green * 38470) + (blue * 7471) + 32768) >> 16);
            coloured += Math.Max(red, Math.Max(green, blue)) - Math.Min(red, Math.Min(green, blue)) > GreyTolerance ? 1 : 0;
            row.Slice(i, 3).Fill(luma);
        }

        return coloured;
    }

    /// <summary>One pixel is one vector of four 32-bit sums.</summary>
    private static void FilterRow(ReadOnlySpan<byte> source, in AxisFilter columns, Span<byte> target)
    {
        ReadOnlySpan<uint> sourcePixels = MemoryMarshal.Cast<byte, uint>(source);
        Span<uint> targetPixels = MemoryMarshal.Cast<byte, uint>(target);
        for (int j = 0; j < targetPixels.Length; j++)
        {
            ReadOnlySpan<int> weights = columns.Weights(j);
            ReadOnlySpan<uint> taps = sourcePixels.Slice(columns.Start(j), weights.Length);
            Vector128<int> sum = Vector128.Create(Half);
            for (int k = 0; k < weights.Length; k++)
            {
                Vector128<byte> pixel = Vector128.CreateScalar(taps[k]).AsByte();
                sum += Vector128.WidenLower(Vector128.WidenLower(pixel)).AsInt32() * weights[k];
            }

            Vector128<uint> bytes = ToByteRange(sum);
            Vector128<ushort> narrow = Vector128.Narrow(bytes, bytes);
            targetPixels[j] = Vector128.Narrow(narrow, narrow).AsUInt32().ToScalar();
        }
    }

    /// <summary>Sixteen bytes at a time; <paramref name="slot"/> is where in the ring the first row lies.</summary>
    private static void CombineRows(ReadOnlySpan<byte> ring, int pitch, int slot, ReadOnlySpan<int> weights, Span<byte> target)
    {
        for (int x = 0; x < pitch; x += Vector128<byte>.Count)
        {
            Vector128<int> sum0 = Vector128.Create(Half);
            Vector128<int> sum1 = sum0;
            Vector128<int> sum2 = sum0;
            Vector128<int> sum3 = sum0;
            int position = (slot * pitch) + x;
            foreach (int weight in weights)
            {
                (Vector128<ushort> low, Vector128<ushort> high) =
                    Vector128.Widen(Vector128.Create(ring.Slice(position, Vector128<byte>.Count)));
                sum0 += Vector128.WidenLower(low).AsInt32() * weight;
                sum1 += Vector128.WidenUpper(low).AsInt32() * weight;
                sum2 += Vector128.WidenLower(high).AsInt32() * weight;
                sum3 += Vector128.WidenUpper(high).AsInt32() * weight;
                position += pitch;
                if (position >= ring.Length)
                {
                    position = x;
                }
            }

            Vector128<byte> bytes = Vector128.Narrow(
                Vector128.Narrow(ToByteRange(sum0), ToByteRange(sum1)),
                Vector128.Narrow(ToByteRange(sum2), ToByteRange(sum3)));
            bytes.CopyTo(target[x..]);
        }
    }

    // Weights are never negative but, each rounded, may add up to a little more than 1.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> ToByteRange(Vector128<int> sum) =>
        Vector128.Min(sum >> AxisFilter.FractionBits, Vector128.Create(255)).AsUInt32();
}
