using Convoy.Backends.OpenCL.Interop;
using Convoy.Graph;
using Convoy.Layers;
using Convoy.Tensors;

namespace Convoy.Backends.OpenCL.Convolutions;

/// <summary>Prepares convolutions and fully connected layers: chooses the kernels, packs the weights, pads the input where the kernels want that.</summary>
internal sealed class ConvolutionPreparation(
    DeviceMemory memory, DeviceTraits device, KernelLibrary kernels, WinogradRounds rounds, ConvolutionChoice choice)
{
    // Whether pooling is part of a convolution is settled before it is known whether the device has room for the batch.
    private const int LargeBatch = 1024;

    private readonly ConvolutionChooser _chooser = new(rounds, choice);
    private readonly WinogradPreparation _winograd = new(memory, device, kernels, rounds);

    /// <summary>True where a convolution runs on the direct kernel, which pools before it stores: that saves writing the feature map and reading it again.</summary>
    public bool TakesPool(FusedStep step, Pool2D pool) =>
        step.Layer is Convolution2D layer && DirectConvolutionGeometry.CanTake(pool)
        && _chooser.Choose(layer, step.InputShapes[0], LargeBatch, out _).Kind == ConvolutionKind.Direct;

    /// <summary>Prepares a convolution.</summary>
    public OpenClStep Prepare(FusedStep step, Convolution2D layer, StepWeights weights, int batch)
    {
        Shape input = step.InputShapes[0];
        ConvolutionCandidate chosen = _chooser.Choose(layer, input, step.Pool is null ? batch : LargeBatch, out string reason);
        var task = new ConvolutionTask(step, weights, batch, chosen.Name, reason);
        if (chosen.Winograd is { } geometry)
        {
            return _winograd.Prepare(task, layer, geometry);
        }

        Padding padding = layer.Window.ResolvePadding(input);
        Shape padded = Shape.Image(
            input.Channels, input.Height + padding.Top + padding.Bottom, input.Width + padding.Left + padding.Right);
        memory.ThrowIfTooLarge($"Layer '{step.Name}': its padded input", padded.Count * sizeof(float));
        PaddedInput? pad = padding.IsNone ? null : new PaddedInput(input, padded, padding);
        return chosen.Kind == ConvolutionKind.Direct
            ? PrepareDirect(task, layer, padded, pad)
            : PrepareProduct(task, ConvolutionShape.Of(layer, step.Activation, padded, step.OutputShape), layer.Groups, layer.Kernel, pad);
    }

    /// <summary>Prepares a fully connected layer: a product whose rows are whole images.</summary>
    public OpenClStep Prepare(FusedStep step, FullyConnected layer, StepWeights weights, int batch)
    {
        Shape input = step.InputShapes[0];
        return PrepareProduct(
            new ConvolutionTask(step, weights, batch, ConvolutionCandidate.ImplicitProduct),
            ConvolutionShape.Of(layer, step.Activation, input),
            groups: 1,
            new Extent2D(input.Height, input.Width),
            pad: null);
    }

    private OpenClStep PrepareProduct(in ConvolutionTask task, ConvolutionShape shape, int groups, Extent2D kernel, PaddedInput? pad)
    {
        ConvolutionTile tile = kernels.Fit(
            task.Step.Name,
            "convolution.cl",
            "convolution",
            limits => ConvolutionTile.For(limits, shape.GroupFilters),
            each => (each.Local, each.Options));
        var packed = PackedLayer.Create(memory, task, groups, kernel, tile.Panel);
        long workItems = tile.Global((long)shape.ImagePixels * task.Batch, shape.GroupFilters, groups).Total;
        return Assemble(task, tile.ToString(), packed, workItems, pad, () => new KernelLaunch(
            kernels.Create("convolution.cl", "convolution", SetConstants, tile.Options),
            tile.Local,
            (k, arena, in run) =>
            {
                int pixels = shape.ImagePixels * run.Images;
                SetEnds(k, arena, run, pad is not null);
                k.SetArg(7, ConvolutionPlanes.Single(groups, pixels));
                return tile.Global(pixels, shape.GroupFilters, groups);
            }));

        void SetConstants(ClKernel k)
        {
            packed.SetOn(k);
            k.SetArg(6, shape);
        }
    }

    private OpenClStep PrepareDirect(in ConvolutionTask task, Convolution2D layer, Shape padded, PaddedInput? pad)
    {
        Shape output = task.Step.OutputShape;
        var geometry = DirectConvolutionGeometry.Of(layer, padded.Channels, task.Step.Pool);
        DirectConvolutionTile tile = kernels.Fit(
            task.Step.Name,
            "direct_convolution.cl",
            "direct_convolution",
            limits => DirectConvolutionTile.For(limits, geometry, output),
            each => (each.Local, $"{each.Options} {geometry.Options}"));
        var shape = DirectConvolutionShape.Of(padded, output, task.Step.Activation, tile);
        var packed = PackedLayer.Create(memory, task, 1, layer.Kernel, tile.Panel);
        long workItems = tile.Global(output, geometry.Pool, task.Batch).Total;
        return Assemble(task, tile.ToString(), packed, workItems, pad, () => new KernelLaunch(
            kernels.Create("direct_convolution.cl", "direct_convolution", SetConstants, $"{tile.Options} {geometry.Options}"),
            tile.Local,
            (k, arena, in run) =>
            {
                SetEnds(k, arena, run, pad is not null);
                return tile.Global(output, geometry.Pool, run.Images);
            }));

        void SetConstants(ClKernel k)
        {
            packed.SetOn(k);
            k.SetArg(6, shape);
        }
    }

    /// <summary>The step of a kernel that owns its weights, behind the padding of its input where there is any.</summary>
    private OpenClStep Assemble(
        in ConvolutionTask task, string tile, PackedLayer packed, long workItems, PaddedInput? pad, Func<KernelLaunch> convolution)
    {
        List<KernelLaunch> launches = [];
        try
        {
            if (pad is not null)
            {
                launches.Add(PadLaunch(pad));
            }

            launches.Add(convolution());
            return new OpenClStep($"{task.Algorithm} {tile}", launches, [packed], Layout.Nhwc, Layout.Nhwc)
            {
                Choice = task.Reason,
                PackedBytes = packed.Bytes,
                ImageScratchBytes = pad is null ? 0 : pad.Padded.Count * sizeof(float),
                WorkItems = workItems,
            };
        }
        catch
        {
            launches.ForEach(each => each.Dispose());
            packed.Dispose();
            throw;
        }
    }

    private KernelLaunch PadLaunch(PaddedInput pad)
    {
        (Shape input, Shape padded, Padding padding) = pad;
        int row = padded.Width * padded.Channels;
        ClKernel kernel = kernels.Create("pad.cl", "pad", k =>
        {
            k.SetArg(3, 0);
            k.SetArg(4, input.Height);
            k.SetArg(5, input.Width * input.Channels);
            k.SetArg(6, padded.Height);
            k.SetArg(7, row);
            k.SetArg(8, padding.Top);
            k.SetArg(9, padding.Left * input.Channels);
            k.SetArg(10, device.Piece(row));
        });
        return new KernelLaunch(kernel, default, (k, arena, in run) =>
        {
            k.SetArg(0, arena.Maps);
            k.SetArg(1, StepPreparation.Offset(run.Inputs[0]));
            k.SetArg(2, arena.Scratch);
            return new WorkSize(device.Pieces(row), (long)padded.Height * run.Images);
        });
    }

    private static void SetEnds(ClKernel kernel, OpenClArena arena, in StepContext run, bool isPadded)
    {
        kernel.SetArg(0, isPadded ? arena.Scratch : arena.Maps);
        kernel.SetArg(1, isPadded ? 0 : StepPreparation.Offset(run.Inputs[0]));
        kernel.SetArg(4, arena.Maps);
        kernel.SetArg(5, StepPreparation.Offset(run.Output));
    }

    /// <summary>An input that is copied into scratch with zeros around it.</summary>
    private sealed record PaddedInput(Shape Input, Shape Padded, Padding Padding);
}
