using SkiaSharp;

namespace Convoy.Imaging;

/// <summary>
/// One axis of a resize followed by a crop: <paramref name="Source"/> pixels become <paramref name="Resized"/>, of which
/// <paramref name="Count"/> from <paramref name="First"/> on are wanted.
/// </summary>
internal readonly record struct AxisWindow(int Source, long Resized, long First, int Count)
{
    /// <summary>The same window seen from the axis' other end.</summary>
    public AxisWindow Mirrored => this with { First = Resized - First - Count };
}

/// <summary>
/// Where the crop lies in the stored picture, and where each of its pixels goes in the network's input.
/// The pixel in the crop's row i and column j, counted as the file stores them, goes to element
/// <c>Offset + i * RowStep + j * ColumnStep</c> of a plane; that alone turns and mirrors a picture by its EXIF orientation.
/// </summary>
internal readonly record struct CropWindow(AxisWindow Columns, AxisWindow Rows, int Offset, int RowStep, int ColumnStep)
{
    /// <summary>Plans the crop of a picture of the given stored size for an input of height x width.</summary>
    public static CropWindow Plan(ImagePreset preset, int sourceWidth, int sourceHeight, SKEncodedOrigin origin, int height, int width)
    {
        // An origin names the sides of the upright picture where the stored row 0 and the stored column 0 lie.
        // Exchanging its rows and columns takes the top to the left and back, the bottom to the right and back.
        bool transposed = origin >= SKEncodedOrigin.LeftTop != preset.Transpose;
        bool rowsMirrored = origin is SKEncodedOrigin.BottomRight or SKEncodedOrigin.BottomLeft
            or SKEncodedOrigin.RightTop or SKEncodedOrigin.RightBottom;
        bool columnsMirrored = origin is SKEncodedOrigin.TopRight or SKEncodedOrigin.BottomRight
            or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;

        (int uprightWidth, int uprightHeight) = transposed ? (sourceHeight, sourceWidth) : (sourceWidth, sourceHeight);
        (AxisWindow across, AxisWindow down) = PlanUpright(preset, uprightWidth, uprightHeight, height, width);
        int offset = ((height - down.Count) / 2 * width) + ((width - across.Count) / 2);

        (AxisWindow columns, int columnStep) = transposed ? (down, width) : (across, 1);
        (AxisWindow rows, int rowStep) = transposed ? (across, 1) : (down, width);
        if (columnsMirrored)
        {
            columns = columns.Mirrored;
            offset += (columns.Count - 1) * columnStep;
            columnStep = -columnStep;
        }

        if (rowsMirrored)
        {
            rows = rows.Mirrored;
            offset += (rows.Count - 1) * rowStep;
            rowStep = -rowStep;
        }

        return new CropWindow(columns, rows, offset, rowStep, columnStep);
    }

    /// <summary>Whether the crop leaves nothing of an input that has <paramref name="pixels"/> pixels a plane.</summary>
    public bool Fills(int pixels) => Columns.Count * Rows.Count == pixels;

    private static (AxisWindow Across, AxisWindow Down) PlanUpright(ImagePreset preset, int sourceWidth, int sourceHeight, int height, int width)
    {
        if (preset.ResizeShortSide == 0)
        {
            int contentWidth = preset.ContentSide == 0 ? width : Math.Min(preset.ContentSide, width);
            int contentHeight = preset.ContentSide == 0 ? height : Math.Min(preset.ContentSide, height);
            return (new AxisWindow(sourceWidth, contentWidth, 0, contentWidth), new AxisWindow(sourceHeight, contentHeight, 0, contentHeight));
        }

        long shortSide = Math.Max(preset.ResizeShortSide, Math.Max(height, width));
        int sourceShort = Math.Min(sourceWidth, sourceHeight);
        return (Centred(sourceWidth, width), Centred(sourceHeight, height));

        // As torchvision has it: the longer side rounds down, half a pixel of margin rounds to even.
        AxisWindow Centred(int source, int count)
        {
            long resized = preset.Warp ? shortSide : shortSide * source / sourceShort;
            return new AxisWindow(source, resized, (long)Math.Round((resized - count) / 2.0, MidpointRounding.ToEven), count);
        }
    }
}
