namespace Convoy.Imaging;

/// <summary>Passes over the blocks of one component in one scan.</summary>
/// <param name="dcTable">The code of the first coefficient; null where the file has none.</param>
/// <param name="acTable">The code of the others; null where the file has none.</param>
/// <param name="first">The first coefficient of the scan.</param>
/// <param name="last">The last.</param>
/// <param name="isRefinement">Whether it adds one bit to coefficients that came before.</param>
internal sealed class JpegBlockReader(JpegHuffmanTable? dcTable, JpegHuffmanTable? acTable, int first, int last, bool isRefinement)
{
    // A run as long as this without a coefficient behind it is 16 zeros; a shorter one ends that many blocks, in powers of 2.
    private const int LongestRun = 15;

    private int _blocksToSkip;

    /// <summary>Begins anew behind a restart marker.</summary>
    public void Restart() => _blocksToSkip = 0;

    /// <summary>Passes over a block.</summary>
    /// <param name="bits">The data.</param>
    /// <param name="nonZero">The block's coefficients that are known not to be 0.</param>
    public void Follow(ref JpegBits bits, ref ulong nonZero)
    {
        if (first == 0)
        {
            FollowDc(ref bits);
        }

        if (last == 0)
        {
            return;
        }

        if (isRefinement)
        {
            RefineAc(ref bits, ref nonZero);
        }
        else
        {
            FollowAc(ref bits, ref nonZero);
        }
    }

    private void FollowDc(ref JpegBits bits) => bits.Read(isRefinement ? 1 : ReadSymbol(dcTable, ref bits) & 15);

    private void FollowAc(ref JpegBits bits, ref ulong nonZero)
    {
        if (_blocksToSkip > 0)
        {
            _blocksToSkip--;
            return;
        }

        for (int k = Math.Max(first, 1); k <= last; k++)
        {
            (int run, int size) = ReadRun(ref bits);
            if (size == 0 && run < LongestRun)
            {
                _blocksToSkip = (1 << run) + bits.Read(run) - 1;
                return;
            }

            k += run;
            bits.Read(size);
            nonZero |= size > 0 && k <= last ? 1UL << k : 0;
        }
    }

    private void RefineAc(ref JpegBits bits, ref ulong nonZero)
    {
        int k = first;
        for (; k <= last && _blocksToSkip == 0; k++)
        {
            (int run, int size) = ReadRun(ref bits);
            if (size == 0 && run < LongestRun)
            {
                _blocksToSkip = (1 << run) + bits.Read(run);
                break;
            }

            // The new coefficient's sign comes first, then a bit for each old one that is passed on the way to its place.
            bits.Read(size);
            for (; k <= last && (IsSet(nonZero, k) || run-- > 0); k++)
            {
                bits.Read(IsSet(nonZero, k) ? 1 : 0);
            }

            nonZero |= size > 0 && k <= last ? 1UL << k : 0;
        }

        if (_blocksToSkip > 0)
        {
            for (; k <= last; k++)
            {
                bits.Read(IsSet(nonZero, k) ? 1 : 0);
            }

            _blocksToSkip--;
        }
    }

    private static bool IsSet(ulong coefficients, int k) => (coefficients >> k & 1) != 0;

    /// <summary>How many coefficients are 0, and how many bits the one behind them has.</summary>
    private (int Run, int Size) ReadRun(ref JpegBits bits)
    {
        int symbol = ReadSymbol(acTable, ref bits);
        return (symbol >> 4, symbol & 15);
    }

    private static int ReadSymbol(JpegHuffmanTable? table, ref JpegBits bits)
    {
        if (table is null)
        {
            bits.Exhaust();
            return 0;
        }

        return table.Read(ref bits);
    }
}
