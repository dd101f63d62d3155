using Convoy.Backends.Winograd;

namespace Convoy.Backends.OpenCL.Convolutions;

/// <summary>
/// How many images Winograd's algorithm carries through its kernels at a time. What a core's caches hold of their transformed
/// inputs and GEMM outputs is read back at once; a GPU wants work for all its lanes.
/// </summary>
/// <param name="device">What kind of device it is.</param>
/// <param name="allocatableBytes">The most the device allocates at a time: weights take up to all of it, micro-batches a part.</param>
internal sealed class WinogradMicroBatches(DeviceTraits device, long allocatableBytes)
{
    private const long CpuBytes = 8 << 20;
    private const long GpuBytes = 128 << 20;
    private const int LeastShare = 8;

    private readonly long _most = Math.Min(device.IsCpu ? 16 * CpuBytes : GpuBytes, allocatableBytes / LeastShare);

    /// <summary>True where there is room for a micro-batch of one image, and for the weights.</summary>
    public bool CanTake(WinogradGeometry geometry) => ImageBytesOf(geometry) <= _most && geometry.WeightBytes <= allocatableBytes;

    /// <summary>Micro-batches that a batch takes.</summary>
    public int Count(WinogradGeometry geometry, int batch)
    {
        long images = Math.Max(1, Math.Min(device.IsCpu ? CpuBytes : GpuBytes, _most) / ImageBytesOf(geometry));
        if (!device.IsCpu)
        {
            images = Math.Min(images, device.DivideForLaunches(2.0 * geometry.PointsOfTiles * geometry.Channels / geometry.Groups * geometry.Filters, batch));
        }

        return (int)((batch + images - 1) / images);
    }

    /// <summary>Images of a micro-batch: all but the last are equal.</summary>
    public int CountImages(WinogradGeometry geometry, int batch)
    {
        int count = Count(geometry, batch);
        return (batch + count - 1) / count;
    }

    /// <summary>True where GEMMs and output transform are one kernel, so that the GEMM outputs stay in it.</summary>
    public bool IsOneKernel(WinogradGeometry geometry) => WinogradBlock.Find(device, geometry) is not null;

    /// <summary>Floats that lie between the kernels: transformed inputs, and GEMM outputs where those leave their kernel.</summary>
    public long CountFloats(WinogradGeometry geometry, int images)
    {
        var workspace = new WinogradWorkspace(geometry, images);
        return IsOneKernel(geometry) ? workspace.InputFloats : workspace.Floats;
    }

    private long ImageBytesOf(WinogradGeometry geometry) =>
        IsOneKernel(geometry) ? geometry.ValueBytes : geometry.ImageBytes;
}
