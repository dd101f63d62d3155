namespace Convoy.Tests.Pages;

/// <summary>How a page is looked at. Enlarged, a window has fewer of the pixels that a page counts.</summary>
/// <param name="Width">Its width in the screen's pixels.</param>
/// <param name="IsDark">Whether the system asks for dark pages.</param>
/// <param name="Zoom">How far it is enlarged.</param>
internal sealed record Window(int Width, bool IsDark = false, double Zoom = 1)
{
    /// <summary>A desk's and a telephone's, in both schemes.</summary>
    public static IReadOnlyList<Window> All { get; } =
    [
        .. from width in new[] { 1280, 390 }
           from isDark in new[] { false, true }
           select new Window(width, isDark),
    ];

    public override string ToString() => FormattableString.Invariant($"{Width} pixels, {(IsDark ? "dark" : "light")}, {100 * Zoom} %");
}
