using Convoy.Backends.Winograd;

namespace Convoy.Backends.OpenCL.Convolutions;

/// <summary>winograd_shape of winograd.cl, field for field.</summary>
internal struct WinogradShape
{
    public int Images;
    public int LargeRows;
    public int SmallRows;
    public int LargeColumns;
    public int SmallColumns;
    public int Height;
    public int Width;
    public int Channels;
    public int Top;
    public int Left;
    public int PlaneFloats;

    /// <summary>The tiles over a feature map that is read or written.</summary>
    public static WinogradShape Of(WinogradGeometry geometry, Shape map) => new()
    {
        LargeRows = geometry.Rows.Large,
        SmallRows = geometry.Rows.Small,
        LargeColumns = geometry.Columns.Large,
        SmallColumns = geometry.Columns.Small,
        Height = map.Height,
        Width = map.Width,
        Channels = map.Channels,
    };
}
