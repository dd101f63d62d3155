namespace Convoy.Layers;

/// <summary>
/// The geometry convolution and pooling share: a kernel sliding over a padded image. Output extents follow
/// Dumoulin and Visin, "A guide to convolution arithmetic for deep learning" (arXiv:1603.07285), relationships 6 and 15.
/// </summary>
public readonly record struct SlidingWindow(Extent2D Kernel, Extent2D Stride, Padding Padding, Extent2D Dilation, bool CeilMode = false)
{
    /// <summary>The largest number any of the geometry's values may have.</summary>
    public const int MaxExtent = 1 << 20;

    /// <summary>Rows and columns from the kernel's first element to its last.</summary>
    internal Extent2D Reach => new(
        ((Kernel.Height - 1) * Dilation.Height) + 1,
        ((Kernel.Width - 1) * Dilation.Width) + 1);

    /// <summary>The output's height and width over an image.</summary>
    /// <exception cref="LayerException">A value is out of range, or the kernel is larger than the padded image.</exception>
    public Extent2D InferOutput(Shape image)
    {
        CheckValues();
        Check("input's height", image.Height, 1);
        Check("input's width", image.Width, 1);
        Padding padding = ResolvePadding(image);
        Extent2D padded = new(image.Height + padding.Top + padding.Bottom, image.Width + padding.Left + padding.Right);
        if (Reach.Height > padded.Height || Reach.Width > padded.Width)
        {
            string grown = padding.IsNone ? "" : $" padded to {padded}";
            throw new LayerException(
                $"a kernel of {Describe()} is larger than its input {image}, {image.Height} x {image.Width} pixels{grown}");
        }

        return new(
            OutputExtent(image.Height, padded.Height, Reach.Height, Stride.Height, padding.Top),
            OutputExtent(image.Width, padded.Width, Reach.Width, Stride.Width, padding.Left));
    }

    /// <summary>The kernel as refusals call it: "2 x 2", "2 x 2 dilated to 3 x 3".</summary>
    internal string Describe() => Dilation == 1 ? $"{Kernel}" : $"{Kernel} dilated to {Reach}";

    /// <summary>The padding in numbers, SAME modes worked out for this image.</summary>
    public Padding ResolvePadding(Shape image)
    {
        if (Padding.Mode == PaddingMode.Explicit)
        {
            return Padding;
        }

        int rows = SamePadding(image.Height, Reach.Height, Stride.Height);
        int columns = SamePadding(image.Width, Reach.Width, Stride.Width);
        return Padding.Mode switch
        {
            PaddingMode.SameUpper => new Padding(rows / 2, columns / 2, rows - (rows / 2), columns - (columns / 2)),
            PaddingMode.SameLower => new Padding(rows - (rows / 2), columns - (columns / 2), rows / 2, columns / 2),
            _ => throw new InvalidOperationException($"There is no padding mode {Padding.Mode}."),
        };
    }

    private static int SamePadding(int extent, int reach, int stride)
    {
        int outputs = (extent + stride - 1) / stride;
        return Math.Max(0, ((outputs - 1) * stride) + reach - extent);
    }

    private int OutputExtent(int extent, int padded, int reach, int stride, int before)
    {
        int room = padded - reach;
        if (!CeilMode)
        {
            return (room / stride) + 1;
        }

        int outputs = ((room + stride - 1) / stride) + 1;

        // A last window that would begin beyond the image, in the padding behind it, is left out.
        return (outputs - 1) * stride >= extent + before ? outputs - 1 : outputs;
    }

    private void CheckValues()
    {
        Check("kernel", Kernel.Height, 1);
        Check("kernel", Kernel.Width, 1);
        Check("stride", Stride.Height, 1);
        Check("stride", Stride.Width, 1);
        Check("dilation", Dilation.Height, 1);
        Check("dilation", Dilation.Width, 1);
        Check("padding", Padding.Top, 0);
        Check("padding", Padding.Left, 0);
        Check("padding", Padding.Bottom, 0);
        Check("padding", Padding.Right, 0);
        Check("dilated kernel", ((Kernel.Height - 1L) * Dilation.Height) + 1, 1);
        Check("dilated kernel", ((Kernel.Width - 1L) * Dilation.Width) + 1, 1);
    }

    private static void Check(string what, long value, int least)
    {
        if (value < least || value > MaxExtent)
        {
            throw new LayerException($"the {what} is {value:N0}, but must be from {least} to {MaxExtent:N0}");
        }
    }
}
