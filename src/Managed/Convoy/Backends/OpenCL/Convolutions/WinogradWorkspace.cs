namespace Convoy.Backends.OpenCL.Convolutions;

/// <summary>Where the values and the products of a round of images lie, in floats: a plane for each point, values first.</summary>
internal readonly record struct WinogradWorkspace(WinogradGeometry Geometry, int Images)
{
    // Adjacent planes would fall into the same sets of a cache if they lay a power of two apart.
    private const int PlaneGap = 16;

    /// <summary>From one plane of values to the next.</summary>
    public int ValuePlane => checked((Images * Geometry.Tiles * Geometry.Channels) + PlaneGap);

    /// <summary>From one plane of products to the next.</summary>
    public int ProductPlane => checked((Images * Geometry.Tiles * Geometry.Filters) + PlaneGap);

    /// <summary>Where the products begin.</summary>
    public int ProductsOffset => checked(ValuePlane * Geometry.Planes);

    /// <summary>All of it.</summary>
    public long Floats => ProductsOffset + ((long)ProductPlane * Geometry.Planes);
}
