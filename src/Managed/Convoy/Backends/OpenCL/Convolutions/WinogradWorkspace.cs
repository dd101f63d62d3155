using Convoy.Backends.Winograd;

namespace Convoy.Backends.OpenCL.Convolutions;

/// <summary>Where the transformed inputs and the GEMM outputs of a micro-batch lie, in floats: a plane for each point, inputs first.</summary>
internal readonly record struct WinogradWorkspace(WinogradGeometry Geometry, int Images)
{
    // Adjacent planes would fall into the same sets of a cache if they lay a power of two apart.
    private const int PlaneGap = 16;

    /// <summary>From one plane of transformed inputs to the next.</summary>
    public int InputPlane => checked((Images * Geometry.Tiles * Geometry.Channels) + PlaneGap);

    /// <summary>From one plane of GEMM outputs to the next.</summary>
    public int OutputPlane => checked((Images * Geometry.Tiles * Geometry.Filters) + PlaneGap);

    /// <summary>Bytes before the GEMM outputs.</summary>
    public long OutputsOffset => InputFloats * sizeof(float);

    /// <summary>All transformed inputs.</summary>
    public long InputFloats => (long)InputPlane * Geometry.Planes;

    /// <summary>All of it.</summary>
    public long Floats => ((long)InputPlane + OutputPlane) * Geometry.Planes;
}
