using Convoy.Backends.OpenCL.Interop;
using Convoy.Graph;
using Convoy.Layers;
using Convoy.Tensors;

namespace Convoy.Backends.OpenCL.Convolutions;

/// <summary>Prepares convolutions and fully connected layers: chooses the kernels, packs the weights, pads the input where the kernels want that.</summary>
internal sealed class ConvolutionPreparation(
    DeviceMemory memory, DeviceTraits device, KernelLibrary kernels, WinogradMicroBatches microBatches, ConvolutionChoice choice)
{
    // Whether pooling is part of a convolution is settled before it is known whether the device has room for the batch.
    private const int LargeBatch = 1024;

    private readonly ConvolutionChooser _chooser = new(microBatches, choice);
    private readonly WinogradPreparation _winograd = new(memory, device, kernels, microBatches);

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
            : PrepareGemm(task, ConvolutionShape.Of(layer, padded, step.OutputShape), layer.Groups, layer.Kernel, pad);
    }

    /// <summary>Prepares a fully connected layer: a GEMM whose rows are whole images.</summary>
    public OpenClStep Prepare(FusedStep step, FullyConnected layer, StepWeights weights, int batch)
    {
        Shape input = step.InputShapes[0];
        return PrepareGemm(
            new ConvolutionTask(step, weights, batch, ConvolutionCandidate.ImplicitProduct),
            ConvolutionShape.Of(layer, input),
            groups: 1,
            new Extent2D(input.Height, input.Width),
            pad: null);
    }

    private OpenClStep PrepareGemm(in ConvolutionTask task, ConvolutionShape shape, int groups, Extent2D kernel, PaddedInput? pad)
    {
        string activation = KernelActivation.OptionsFor(task.Step.Name, task.Step.Activation);
        KernelForm FormOf(ConvolutionTile each) => each.Form(activation);
        ConvolutionTile tile = kernels.Fit(task.Step.Name, limits => ConvolutionTile.For(limits, shape.GroupFilters), FormOf);
        var packed = PackedLayer.Create(memory, task, groups, kernel, tile.Panel);
        long workItems = tile.Global((long)shape.ImagePixels * task.Batch, shape.GroupFilters, groups).Total;
        return Assemble(task, tile.ToString(), packed, workItems, pad, () => kernels.Launch(FormOf(tile), k =>
        {
            packed.SetOn(k);
            k.Set("shape", shape);
            var x = new TensorArgument(k, "x");
            var y = new TensorArgument(k, "y");
            ClArgument<ConvolutionPlanes> planes = k.Argument<ConvolutionPlanes>("planes");
            return (arena, in run) =>
            {
                int pixels = shape.ImagePixels * run.Images;
                x.SetInput(arena, run, isInScratch: pad is not null);
                y.SetOutput(arena, run);
                planes.Set(ConvolutionPlanes.Single(groups, pixels));
                return tile.Global(pixels, shape.GroupFilters, groups);
            };
        }));
    }

    private OpenClStep PrepareDirect(in ConvolutionTask task, Convolution2D layer, Shape padded, PaddedInput? pad)
    {
        Shape output = task.Step.OutputShape;
        string activation = KernelActivation.OptionsFor(task.Step.Name, task.Step.Activation);
        var geometry = DirectConvolutionGeometry.Of(layer, padded.Channels, task.Step.Pool);
        KernelForm FormOf(DirectConvolutionTile each) => each.Form($"{geometry.Options} {activation}");
        DirectConvolutionTile tile = kernels.Fit(task.Step.Name, limits => DirectConvolutionTile.For(limits, geometry, output), FormOf);
        var packed = PackedLayer.Create(memory, task, 1, layer.Kernel, tile.Panel);
        long workItems = tile.Global(output, geometry.Pool, task.Batch).Total;
        return Assemble(task, tile.ToString(), packed, workItems, pad, () => kernels.Launch(FormOf(tile), k =>
        {
            packed.SetOn(k);
            k.Set("shape", DirectConvolutionShape.Of(padded, output, tile));
            var x = new TensorArgument(k, "x");
            var y = new TensorArgument(k, "y");
            return (arena, in run) =>
            {
                x.SetInput(arena, run, isInScratch: pad is not null);
                y.SetOutput(arena, run);
                return tile.Global(output, geometry.Pool, run.Images);
            };
        }));
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
        long rows = padded.Height;
        return kernels.LaunchToScratch(
            new KernelForm("pad.cl", "pad"),
            k =>
            {
                k.Set("height", input.Height);
                k.Set("width_floats", input.Width * input.Channels);
                k.Set("padded_height", padded.Height);
                k.Set("padded_width_floats", row);
                k.Set("top", padding.Top);
                k.Set("left_floats", padding.Left * input.Channels);
                k.Set("piece", device.Piece(row));
            },
            images => new WorkSize(device.Pieces(row), rows * images));
    }

    /// <summary>An input that is copied into scratch with zeros around it.</summary>
    private sealed record PaddedInput(Shape Input, Shape Padded, Padding Padding);
}
