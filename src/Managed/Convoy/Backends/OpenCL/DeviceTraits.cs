using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL;

/// <summary>
/// What kernels are specialised by and memory is laid out by. Tests make them up, so that every device runs what another
/// would.
/// </summary>
internal sealed record DeviceTraits
{
    // What a lane does of a row; neighbouring lanes then read neighbouring memory.
    private const int GpuPiece = 4;

    // The narrowest vectors that kernels are written for.
    private const int LeastVectorWidth = 4;

    private const int PageBytes = 4096;
    private const int CacheLineBytes = 64;

    /// <summary>True where work-items are loops on cores; false where they are lanes of a GPU.</summary>
    public required bool IsCpu { get; init; }

    /// <summary>Floats in the vectors of loops over channels.</summary>
    public required int VectorWidth { get; init; }

    /// <summary>The most work-items of a work-group.</summary>
    public required long MaxWorkGroupSize { get; init; }

    /// <summary>The most of them along each dimension.</summary>
    public required IReadOnlyList<long> MaxWorkItemSizes { get; init; }

    /// <summary>Local memory of a work-group.</summary>
    public required long LocalMemoryBytes { get; init; }

    /// <summary>True where host and device share memory, so that batches are handed over; elsewhere they are transferred.</summary>
    public required bool SharesHostMemory { get; init; }

    /// <summary>
    /// What the address of the host's memory must be a multiple of for the device to work in it as it lies. Cores do wherever
    /// a number may lie; a GPU that shares the host's memory does by pages, and its driver would make a copy of anything else.
    /// </summary>
    public required int HostAlignment { get; init; }

    /// <summary>
    /// Floating-point operations of a launch, beyond which a batch is cut: what a slow GPU does in half a second, for a display
    /// driver kills what takes two. A core's is never killed.
    /// </summary>
    public double MostLaunchOperations { get; init; } = 2e10;

    /// <summary>Elements of a row that a lane of a GPU does.</summary>
    public int LanePiece { get; init; } = GpuPiece;

    /// <summary>The same device without anything that a driver may get wrong: lone work-items that do a number each, no local memory, no long vectors.</summary>
    public DeviceTraits Plain => this with { IsCpu = false, VectorWidth = LeastVectorWidth, MaxWorkGroupSize = 1, LanePiece = 1 };

    /// <summary>The options every kernel is built with.</summary>
    public string Options => $"-cl-std=CL1.2 -D IS_CPU={(IsCpu ? 1 : 0)} -D VECTOR={VectorWidth}";

    /// <summary>The traits of a device.</summary>
    public static DeviceTraits Of(ClDevice device) => new()
    {
        IsCpu = device.Type == ClDeviceType.Cpu,
        VectorWidth = device.Type == ClDeviceType.Cpu && device.PreferredVectorWidthFloat >= 16 ? 16 : device.Type == ClDeviceType.Cpu ? 8 : 4,
        MaxWorkGroupSize = device.MaxWorkGroupSize,
        MaxWorkItemSizes = device.MaxWorkItemSizes,
        LocalMemoryBytes = device.LocalMemoryBytes,
        SharesHostMemory = device.UnifiedMemory,
        HostAlignment = device.Type == ClDeviceType.Cpu ? sizeof(float) : PageBytes,
    };

    /// <summary>True where the device works in this memory of the host's as it lies.</summary>
    public unsafe bool IsInPlace(PinnedMemory memory) =>
        SharesHostMemory && (nuint)memory.Pointer % (nuint)HostAlignment == 0 && memory.Bytes % Math.Min(HostAlignment, CacheLineBytes) == 0;

    /// <summary>How many neighbouring elements of a row a work-item does: a whole row on a core, a few on a lane.</summary>
    public int Piece(int row) => IsCpu ? row : Math.Min(row, LanePiece);

    /// <summary>How many work-items do a row.</summary>
    public int Pieces(int row) => (row + Piece(row) - 1) / Piece(row);
}
