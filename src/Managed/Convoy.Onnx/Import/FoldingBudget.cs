namespace Convoy.Onnx.Import;

/// <summary>
/// What importing may compute of constants, so that a small file cannot ask for much: a multiple of its own size, and a little for
/// any file.
/// </summary>
/// <param name="bytes">The size of the model.</param>
internal sealed class FoldingBudget(long bytes)
{
    // The weights of the largest networks that are published in full; they take memory only when they are packed.
    private const long MostFilledBytes = 1L << 30;
    private const long FreeNumbers = 1 << 20;
    private const long NumbersPerByte = 4;

    private long _numbers = FreeNumbers + (NumbersPerByte * bytes);
    private long _filledBytes = MostFilledBytes;

    /// <summary>Takes note of data in a file beside the model.</summary>
    public void Grow(long externalBytes) => _numbers += NumbersPerByte * externalBytes;

    /// <summary>Computes so many numbers.</summary>
    /// <exception cref="UnsupportedException">That is too many.</exception>
    public void Spend(long numbers)
    {
        _numbers -= numbers;
        if (_numbers < 0)
        {
            throw new UnsupportedException("it makes constants much larger than the whole model");
        }
    }

    /// <summary>Makes a tensor of one number over and over.</summary>
    /// <exception cref="UnsupportedException">All of them together are too large.</exception>
    public void Fill(long filledBytes)
    {
        _filledBytes -= filledBytes;
        if (_filledBytes < 0)
        {
            throw new UnsupportedException(FormattableString.Invariant($"the constants that it fills take more than {MostFilledBytes:N0} bytes together"));
        }
    }
}
