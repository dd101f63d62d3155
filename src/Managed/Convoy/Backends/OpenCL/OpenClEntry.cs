using System.Runtime.InteropServices;
using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL;

/// <summary>Brings the caller's images into the arena, changing their layout or normalising bytes on the way; a slot for each batch in flight.</summary>
internal sealed class OpenClEntry : IBatchEntry
{
    private readonly ImageStaging _images;
    private readonly KernelLaunch _fromFloats;
    private readonly KernelLaunch? _fromBytes;
    private readonly List<IDisposable> _owned = [];

    public OpenClEntry(
        DeviceMemory memory, DeviceTraits device, KernelLibrary kernels, Shape shape, Layout to, PixelNormalization? normalization, int batch)
    {
        try
        {
            long bytes = checked(shape.Count * batch * sizeof(float));
            _images = Own(new ImageStaging(memory, bytes));
            _fromFloats = Own(FloatsLaunch(device, kernels, shape, to));
            _fromBytes = normalization is null ? null : Own(BytesLaunch(memory, kernels, shape, normalization));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public long ScratchBytes => 0;

    /// <summary>Its kernels.</summary>
    public IEnumerable<KernelIdentity> Kernels => _fromBytes is null ? [_fromFloats.Identity] : [_fromFloats.Identity, _fromBytes.Identity];

    public void Run(ReadOnlySpan<float> images, in RegionContext context) =>
        Run(MemoryMarshal.AsBytes(images), _fromFloats, context);

    public void Run(ReadOnlySpan<byte> images, in RegionContext context) => Run(
        images, _fromBytes ?? throw new InvalidOperationException("No normalisation was given when this entry was prepared."), context);

    public void Dispose()
    {
        _owned.ForEach(each => each.Dispose());
        _owned.Clear();
    }

    private void Run(ReadOnlySpan<byte> images, KernelLaunch convert, in RegionContext context)
    {
        var arena = (OpenClArena)context.Arena;
        _images.Upload(arena, images, context);
        convert.Enqueue(arena, context, Phase.Upload, _images.Done);
        arena.Queue.Flush();
    }

    private KernelLaunch FloatsLaunch(DeviceTraits device, KernelLibrary kernels, Shape shape, Layout to) =>
        Layouts.Agree(Layout.Nchw, to, shape) ? CopyLaunch(device, kernels, shape) : TransformLaunch(kernels, shape);

    private KernelLaunch CopyLaunch(DeviceTraits device, KernelLibrary kernels, Shape shape) =>
        kernels.Launch(new KernelForm("pointwise.cl", "concat"), KernelWork.Pass(shape.Count, shape.Count, 0), k =>
        {
            // An image by itself, as if it were a pixel.
            int image = checked((int)shape.Count);
            k.Set("channels", image);
            k.Set("out_channels", image);
            k.Set("channel_offset", 0);
            k.Set("piece", device.Piece(image));
            var x = new TensorArgument(k, "x");
            var y = new TensorArgument(k, "y");
            return (arena, in run) =>
            {
                x.Set(_images.Images, 0);
                y.SetOutput(arena, run);
                return new WorkSize(device.Pieces(image), run.Images);
            };
        });

    private KernelLaunch TransformLaunch(KernelLibrary kernels, Shape shape) =>
        kernels.Launch(new KernelForm("transform.cl", "nchw_to_nhwc"), KernelWork.Pass(shape.Count, shape.Count, 0), k =>
        {
            int pixels = shape.Height * shape.Width;
            k.Set("channels", shape.Channels);
            k.Set("pixels", pixels);
            var x = new TensorArgument(k, "x");
            var y = new TensorArgument(k, "y");
            return (arena, in run) =>
            {
                x.Set(_images.Images, 0);
                y.SetOutput(arena, run);
                return new WorkSize(pixels, run.Images);
            };
        });

    private KernelLaunch BytesLaunch(DeviceMemory memory, KernelLibrary kernels, Shape shape, PixelNormalization normalization)
    {
        float[] scaleThenShift = [.. normalization.Scale, .. normalization.Shift];
        ClBuffer parameters = Own(memory.From("The normalisation of pixels", scaleThenShift));
        long pixels = (long)shape.Height * shape.Width;
        var work = new KernelWork(2 * shape.Count, shape.Count * (sizeof(byte) + sizeof(float)));
        return kernels.Launch(new KernelForm("transform.cl", "bytes_to_floats"), work, k =>
        {
            k.Set("parameters", parameters);
            k.Set("channels", shape.Channels);
            ClMemoryArgument x = k.Memory("x");
            var y = new TensorArgument(k, "y");
            return (arena, in run) =>
            {
                x.Set(_images.Images);
                y.SetOutput(arena, run);
                return new WorkSize(pixels * run.Images);
            };
        });
    }

    private T Own<T>(T resource)
        where T : IDisposable
    {
        _owned.Add(resource);
        return resource;
    }
}
