namespace Convoy.Backends.OpenCL;

/// <summary>rearrange_shape of rearrange.cl, field for field: the axes from the innermost, a row, outwards.</summary>
internal struct RearrangeShape
{
    public int InputFloats;
    public int Offset;
    public int RowFloats;
    public int RowStride;
    public int ExtentA;
    public int StrideA;
    public int ExtentB;
    public int StrideB;
    public int ExtentC;
    public int StrideC;
    public int ExtentD;
    public int StrideD;
    public int ExtentE;
    public int StrideE;

    /// <summary>A copy's. What lies in a buffer that kernels count in ints fits.</summary>
    public static RearrangeShape Of(Rearrangement copy)
    {
        ReadOnlySpan<CopyAxis> axes = [.. copy.Axes.Reverse(), .. Enumerable.Repeat(new CopyAxis(1, 0), Rearrangement.MostAxes - copy.Axes.Length)];
        return checked(new RearrangeShape
        {
            InputFloats = (int)copy.InputCount,
            Offset = (int)copy.Offset,
            RowFloats = (int)axes[0].Extent,
            RowStride = (int)axes[0].Stride,
            ExtentA = (int)axes[1].Extent,
            StrideA = (int)axes[1].Stride,
            ExtentB = (int)axes[2].Extent,
            StrideB = (int)axes[2].Stride,
            ExtentC = (int)axes[3].Extent,
            StrideC = (int)axes[3].Stride,
            ExtentD = (int)axes[4].Extent,
            StrideD = (int)axes[4].Stride,
            ExtentE = (int)axes[5].Extent,
            StrideE = (int)axes[5].Stride,
        });
    }
}
