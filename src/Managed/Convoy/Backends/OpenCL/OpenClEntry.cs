using System.Runtime.InteropServices;
using Convoy.Backends.OpenCL.Interop;
using Convoy.Tensors;

namespace Convoy.Backends.OpenCL;

/// <summary>Brings the caller's images into the arena, changing their layout or normalising bytes on the way; a slot for each batch in flight.</summary>
internal sealed class OpenClEntry : IBatchEntry
{
    private readonly StagingSlot[] _slots;
    private readonly KernelLaunch _fromFloats;
    private readonly KernelLaunch? _fromBytes;
    private readonly List<IDisposable> _owned = [];
    private IClMemory _source = null!;

    public OpenClEntry(
        DeviceMemory memory, DeviceTraits device, KernelLibrary kernels, Shape shape, Layout to, PixelNormalization? normalization, int batch)
    {
        try
        {
            long bytes = checked(shape.Count * batch * sizeof(float));
            _slots = [.. Enumerable.Range(0, OpenClBackend.Slots).Select(_ => Own(StagingSlot.Create(memory, "The images", bytes)))];
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

    public void Run(ReadOnlySpan<float> images, in StepContext context) =>
        Run(MemoryMarshal.AsBytes(images), _fromFloats, context);

    public void Run(ReadOnlySpan<byte> images, in StepContext context) => Run(
        images, _fromBytes ?? throw new InvalidOperationException("No normalisation was given when this entry was prepared."), context);

    public void Dispose()
    {
        _owned.ForEach(each => each.Dispose());
        _owned.Clear();
    }

    private void Run(ReadOnlySpan<byte> images, KernelLaunch convert, in StepContext context)
    {
        var arena = (OpenClArena)context.Arena;
        StagingSlot slot = _slots[context.Slot];
        _source = slot.Upload(arena, images, context);
        convert.Enqueue(arena, context, Phase.Upload, slot.Done);
        arena.Queue.Flush();
    }

    private KernelLaunch FloatsLaunch(DeviceTraits device, KernelLibrary kernels, Shape shape, Layout to)
    {
        int pixels = shape.Height * shape.Width;
        if (Layouts.Agree(Layout.Nchw, to, shape))
        {
            int image = checked((int)shape.Count);
            ClKernel copy = kernels.Create("pointwise.cl", "elementwise", k =>
            {
                k.SetArg(3, 0);
                k.SetArg(6, 0);
                k.SetArg(7, 0);
                k.SetArg(9, device.Piece(image));
            });
            return new KernelLaunch(copy, default, (kernel, arena, in run) =>
            {
                kernel.SetArg(0, _source);
                kernel.SetArg(1, 0);
                kernel.SetArg(2, _source);
                SetOutput(kernel, 4, arena, run);
                kernel.SetArg(8, image * run.Images);
                int piece = device.Piece(image);
                return new WorkSize((((long)image * run.Images) + piece - 1) / piece);
            });
        }

        ClKernel transform = kernels.Create("transform.cl", "nchw_to_nhwc", k =>
        {
            k.SetArg(1, 0);
            k.SetArg(4, shape.Channels);
            k.SetArg(5, pixels);
        });
        return new KernelLaunch(transform, default, (kernel, arena, in run) =>
        {
            kernel.SetArg(0, _source);
            SetOutput(kernel, 2, arena, run);
            return new WorkSize(pixels, run.Images);
        });
    }

    private KernelLaunch BytesLaunch(DeviceMemory memory, KernelLibrary kernels, Shape shape, PixelNormalization normalization)
    {
        float[] scaleThenShift = [.. normalization.Scale, .. normalization.Shift];
        ClBuffer parameters = Own(memory.From("The normalisation of pixels", scaleThenShift));
        long pixels = (long)shape.Height * shape.Width;
        ClKernel convert = kernels.Create("transform.cl", "bytes_to_floats", k =>
        {
            k.SetArg(1, parameters);
            k.SetArg(4, shape.Channels);
        });
        return new KernelLaunch(convert, default, (kernel, arena, in run) =>
        {
            kernel.SetArg(0, _source);
            SetOutput(kernel, 2, arena, run);
            return new WorkSize(pixels * run.Images);
        });
    }

    private static void SetOutput(ClKernel kernel, int index, OpenClArena arena, in StepContext run)
    {
        kernel.SetArg(index, arena.Maps);
        kernel.SetArg(index + 1, checked((int)(run.Output / sizeof(float))));
    }

    private T Own<T>(T resource)
        where T : IDisposable
    {
        _owned.Add(resource);
        return resource;
    }
}
