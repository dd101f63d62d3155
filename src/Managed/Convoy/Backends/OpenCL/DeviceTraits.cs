using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL;

/// <summary>
/// What kernels are specialised by: whether work-items are loops on cores or lanes of a GPU, and how wide vectors are.
/// </summary>
internal sealed record DeviceTraits(bool IsCpu, int VectorWidth, long MaxWorkGroupSize, long LocalMemoryBytes)
{
    // What a lane does of a row; neighbouring lanes then read neighbouring memory.
    private const int GpuPiece = 4;

    /// <summary>The options every kernel is built with.</summary>
    public string Options => $"-cl-std=CL1.2 -D VECTOR={VectorWidth}";

    /// <summary>The traits of a device.</summary>
    public static DeviceTraits Of(ClDevice device) => new(
        device.Type == ClDeviceType.Cpu,
        device.Type == ClDeviceType.Cpu && device.PreferredVectorWidthFloat >= 16 ? 16 : device.Type == ClDeviceType.Cpu ? 8 : 4,
        device.MaxWorkGroupSize,
        device.LocalMemoryBytes);

    /// <summary>How many neighbouring elements of a row a work-item does: a whole row on a core, a few on a lane.</summary>
    public int Piece(int row) => IsCpu ? row : Math.Min(row, GpuPiece);

    /// <summary>How many work-items do a row.</summary>
    public int Pieces(int row) => (row + Piece(row) - 1) / Piece(row);
}
