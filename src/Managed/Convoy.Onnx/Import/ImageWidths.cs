namespace Convoy.Onnx.Import;

/// <summary>
/// Widths for so many pixels, where any will do. A file chooses the number, and how many nodes have it: each number is looked into
/// once, and only so many widths are tried.
/// </summary>
internal sealed class ImageWidths
{
    private const int MostTries = 1024;

    private readonly Dictionary<long, int?> _found = [];

    /// <summary>The least width with which the height is not too large either; null where none was found.</summary>
    public int? Find(long pixels)
    {
        if (!_found.TryGetValue(pixels, out int? width))
        {
            width = Search(pixels);
            _found.Add(pixels, width);
        }

        return width;
    }

    private static int? Search(long pixels)
    {
        // The smaller of two factors is no larger than the root.
        long least = ((pixels - 1) / SlidingWindow.MaxExtent) + 1;
        for (long width = least; width <= SlidingWindow.MaxExtent && width < least + MostTries && width * width <= pixels; width++)
        {
            if (pixels % width == 0)
            {
                return (int)width;
            }
        }

        return null;
    }
}
