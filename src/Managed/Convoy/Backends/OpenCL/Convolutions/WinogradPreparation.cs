using Convoy.Backends.Winograd;
using Convoy.Backends.OpenCL.Interop;
using Convoy.Layers;

namespace Convoy.Backends.OpenCL.Convolutions;

/// <summary>
/// Prepares convolutions by Winograd's algorithm: a micro-batch is folded where there is a stride, and goes through the input
/// transform, a GEMM for each plane, and the output transform.
/// </summary>
internal sealed class WinogradPreparation(DeviceMemory memory, DeviceTraits device, KernelLibrary kernels, WinogradMicroBatches microBatches)
{
    // A lane of a GPU computes one channel of a tile, whose values fill its registers; a core all of them, a vector at a time.
    private const int LaneChannels = 1;

    // Longer sums would round more, and the output transform magnifies that. Bias and activation come with the output transform.
    private const string GemmOptions = "-D BLOCK=96 -D HAS_BIAS=0";

    /// <summary>Prepares a convolution.</summary>
    public PreparedOpenClRegion Prepare(ConvolutionTask task, Convolution2D layer, WinogradGeometry geometry)
    {
        if (WinogradBlock.Find(device, geometry) is { } block)
        {
            var weights = PackedLayer.Create(memory, task, layer.Kernel, geometry, block.Panel, isPlaneWithinPanel: true);
            return Assemble(
                task, layer, geometry, block.ToString(), weights, block.Global(geometry, task.Batch).Total,
                activation => [MultiplyLaunch(geometry, block, activation, task.Step.OutputShape, weights)]);
        }

        var shape = ConvolutionShape.Of(geometry);
        ConvolutionTile tile = kernels.Fit(
            task.Step.Name, limits => ConvolutionTile.For(limits, shape.GroupFilters), each => each.Form(GemmOptions));
        var packed = PackedLayer.Create(memory, task, layer.Kernel, geometry, tile.Panel, isPlaneWithinPanel: false);
        return Assemble(
            task, layer, geometry, tile.ToString(), packed, tile.Global((long)geometry.Tiles * task.Batch, shape.GroupFilters, geometry.Groups * geometry.Planes).Total,
            activation => [GemmLaunch(geometry, shape, tile, packed), OutputLaunch(geometry, TransformOptions(geometry, activation), task.Step.OutputShape, packed)]);
    }

    // Fold and input transform, and behind them the launches that are told the transforms' options.
    private PreparedOpenClRegion Assemble(
        ConvolutionTask task, Convolution2D layer, WinogradGeometry geometry, string tile, PackedLayer packed, long workItems, Func<string, KernelLaunch[]> multiply)
    {
        (Shape input, Shape output) = (task.Step.InputShapes[0], task.Step.OutputShape);
        Padding padding = layer.Window.ResolvePadding(input);
        List<KernelLaunch> launches = [];
        try
        {
            string activation = KernelActivation.OptionsFor(task.Step.Name, task.Step.Activation);
            if (geometry.IsFolded)
            {
                launches.Add(FoldLaunch(geometry, input, padding));
            }

            launches.Add(InputLaunch(geometry, TransformOptions(geometry, activation), input, padding));
            launches.AddRange(multiply(activation));
            int images = microBatches.CountImages(geometry, task.Batch);
            return new PreparedOpenClRegion($"{task.Algorithm} {tile}", launches, [packed], Layout.Nhwc, Layout.Nhwc)
            {
                Choice = task.Reason,
                PackedBytes = packed.Bytes,
                ImageScratchBytes = geometry.IsFolded ? geometry.Folded.Count * sizeof(float) : 0,
                CountWorkspaceFloats = count => microBatches.CountFloats(geometry, count),
                MicroBatch = new MicroBatch(images, input.Count * sizeof(float), output.Count * sizeof(float)),
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

    private KernelLaunch FoldLaunch(WinogradGeometry geometry, Shape input, Padding padding)
    {
        (int width, int height) = (geometry.Folded.Width, geometry.Folded.Height);
        return kernels.LaunchToScratch(
            new KernelForm("fold.cl", "fold"),
            KernelWork.ToScratch(input, geometry.Folded),
            k =>
            {
                k.Set("height", input.Height);
                k.Set("width", input.Width);
                k.Set("pixel_floats", input.Channels);
                k.Set("stride", geometry.Stride);
                k.Set("top", padding.Top);
                k.Set("left", padding.Left);
            },
            images => new WorkSize(width, height, images));
    }

    private KernelLaunch InputLaunch(WinogradGeometry geometry, string options, Shape input, Padding padding)
    {
        // Folding leaves nothing outside the image.
        WinogradShape constant = geometry.IsFolded
            ? WinogradShape.Of(geometry, geometry.Folded)
            : WinogradShape.Of(geometry, input) with { Top = padding.Top, Left = padding.Left };
        return kernels.Launch(new KernelForm("winograd.cl", "winograd_input", options), WinogradWork.OfInput(geometry, input), k =>
        {
            k.Set("piece", PieceOf(geometry.Channels));
            var x = new TensorArgument(k, "x");
            var transformed = new TensorArgument(k, "transformed");
            ClArgument<WinogradShape> shape = k.Argument<WinogradShape>("shape");
            return (arena, in run) =>
            {
                x.SetInput(arena, run, geometry.IsFolded);
                transformed.Set(arena.Maps, run.Workspace);
                shape.Set(constant with { Images = run.Images, PlaneFloats = new WinogradWorkspace(geometry, run.Images).InputPlane });
                return new WorkSize(geometry.Channels / PieceOf(geometry.Channels), (long)geometry.Tiles * run.Images);
            };
        });
    }

    private KernelLaunch GemmLaunch(WinogradGeometry geometry, ConvolutionShape shape, ConvolutionTile tile, PackedLayer packed) =>
        kernels.Launch(tile.Form(GemmOptions), WinogradWork.OfGemm(geometry, tile.Panel, packed), k =>
        {
            var arguments = new GemmArguments(k, packed, shape);
            return (arena, in run) =>
            {
                var workspace = new WinogradWorkspace(geometry, run.Images);
                arguments.X.Set(arena.Maps, run.Workspace);
                arguments.Y.Set(arena.Maps, run.Workspace + workspace.OutputsOffset);
                arguments.Planes.Set(ConvolutionPlanes.Of(workspace));
                return tile.Global((long)geometry.Tiles * run.Images, shape.GroupFilters, geometry.Groups * geometry.Planes);
            };
        });

    private KernelLaunch MultiplyLaunch(WinogradGeometry geometry, WinogradBlock block, string activation, Shape output, PackedLayer packed)
    {
        WinogradShape constant = WinogradShape.Of(geometry, output);
        KernelForm form = block.Form($"{GeometryOptions(geometry)} {activation}");
        return kernels.Launch(form, WinogradWork.OfMultiply(geometry, block.Panel, packed, output), k =>
        {
            packed.SetOn(k);
            k.Set("groups", geometry.Groups);
            k.Set("group_channels", geometry.Channels / geometry.Groups);
            var x = new TensorArgument(k, "transformed");
            var y = new TensorArgument(k, "y");
            ClArgument<WinogradShape> shape = k.Argument<WinogradShape>("shape");
            ClArgument<int> tiles = k.Argument<int>("block_tiles");
            return (arena, in run) =>
            {
                x.Set(arena.Maps, run.Workspace);
                y.SetOutput(arena, run);
                shape.Set(constant with { Images = run.Images, PlaneFloats = new WinogradWorkspace(geometry, run.Images).InputPlane });
                tiles.Set(block.Divide(geometry.Tiles * run.Images));
                return block.Global(geometry, run.Images);
            };
        });
    }

    private KernelLaunch OutputLaunch(WinogradGeometry geometry, string options, Shape output, PackedLayer packed)
    {
        WinogradShape constant = WinogradShape.Of(geometry, output);
        return kernels.Launch(new KernelForm("winograd.cl", "winograd_output", options), WinogradWork.OfOutput(geometry, output), k =>
        {
            k.Set("bias", packed.Bias);
            k.Set("piece", PieceOf(geometry.Filters));
            var x = new TensorArgument(k, "gemm");
            var y = new TensorArgument(k, "y");
            ClArgument<WinogradShape> shape = k.Argument<WinogradShape>("shape");
            return (arena, in run) =>
            {
                var workspace = new WinogradWorkspace(geometry, run.Images);
                x.Set(arena.Maps, run.Workspace + workspace.OutputsOffset);
                y.SetOutput(arena, run);
                shape.Set(constant with { Images = run.Images, PlaneFloats = workspace.OutputPlane });
                return new WorkSize(geometry.Filters / PieceOf(geometry.Filters), (long)geometry.Tiles * run.Images);
            };
        });
    }

    // Both transforms are in one program.
    private string TransformOptions(WinogradGeometry geometry, string activation) =>
        $"-D TILE_CHANNELS={(device.IsCpu ? device.VectorWidth : LaneChannels)} {GeometryOptions(geometry)} {activation}";

    private static string GeometryOptions(WinogradGeometry geometry) =>
        $"-D PAIRS={geometry.Pairs} -D TAPS_HEIGHT={geometry.Rows.Taps} -D TAPS_WIDTH={geometry.Columns.Taps} " +
        $"-D LARGE_ROWS={(geometry.Rows.Large > 0 ? 1 : 0)} -D LARGE_COLUMNS={(geometry.Columns.Large > 0 ? 1 : 0)}";

    private int PieceOf(int channels) => device.IsCpu ? channels : LaneChannels;
}
