using Convoy.Backends.OpenCL.Interop;
using Convoy.Layers;
using Convoy.Tensors;

namespace Convoy.Backends.OpenCL.Convolutions;

/// <summary>
/// Prepares convolutions by Winograd's algorithm: a round of images is folded where there is a stride, its tiles are
/// evaluated at the points, multiplied plane by plane, and interpolated to outputs.
/// </summary>
internal sealed class WinogradPreparation(DeviceMemory memory, DeviceTraits device, KernelLibrary kernels, WinogradRounds rounds)
{
    // A lane of a GPU computes one channel of a tile, whose values fill its registers; a core all of them, a vector at a time.
    private const int LaneChannels = 1;

    // Longer sums would round more, and the interpolation magnifies that. Bias comes with the interpolation.
    private const string ProductOptions = "-D BLOCK=96 -D HAS_BIAS=0";

    /// <summary>Prepares a convolution.</summary>
    public OpenClStep Prepare(in ConvolutionTask task, Convolution2D layer, WinogradGeometry geometry)
    {
        (Shape input, Shape output) = (task.Step.InputShapes[0], task.Step.OutputShape);
        Padding padding = layer.Window.ResolvePadding(input);
        var shape = ConvolutionShape.Of(geometry);
        ConvolutionTile tile = kernels.Fit(
            task.Step.Name,
            "convolution.cl",
            "convolution",
            limits => ConvolutionTile.For(limits, shape.GroupFilters),
            each => (each.Local, $"{each.Options} {ProductOptions}"));
        var packed = PackedLayer.Create(memory, task, layer.Kernel, geometry, tile.Panel);
        List<KernelLaunch> launches = [];
        try
        {
            if (geometry.IsFolded)
            {
                launches.Add(FoldLaunch(geometry, input, padding));
            }

            launches.Add(InputLaunch(geometry, input, padding));
            launches.Add(ProductLaunch(geometry, shape, tile, packed));
            launches.Add(OutputLaunch(geometry, output, task.Step.Activation, packed));
            int images = rounds.CountImages(geometry, task.Batch);
            return new OpenClStep($"{task.Algorithm} {tile}", launches, [packed], Layout.Nhwc, Layout.Nhwc)
            {
                Choice = task.Reason,
                PackedBytes = packed.Bytes,
                ImageScratchBytes = geometry.IsFolded ? geometry.Folded.Count * sizeof(float) : 0,
                CountWorkspaceFloats = count => new WinogradWorkspace(geometry, count).Floats,
                Round = new ImageRound(images, input.Count * sizeof(float), output.Count * sizeof(float)),
                WorkItems = tile.Global((long)geometry.Tiles * task.Batch, shape.GroupFilters, geometry.Groups * geometry.Planes).Total,
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
        ClKernel kernel = kernels.Create("fold.cl", "fold", k =>
        {
            k.SetArg(3, 0);
            k.SetArg(4, input.Height);
            k.SetArg(5, input.Width);
            k.SetArg(6, input.Channels);
            k.SetArg(7, geometry.Stride);
            k.SetArg(8, padding.Top);
            k.SetArg(9, padding.Left);
        });
        return new KernelLaunch(kernel, default, (k, arena, in run) =>
        {
            k.SetArg(0, arena.Maps);
            k.SetArg(1, StepPreparation.Offset(run.Inputs[0]));
            k.SetArg(2, arena.Scratch);
            return new WorkSize(geometry.Folded.Width, geometry.Folded.Height, run.Images);
        });
    }

    private KernelLaunch InputLaunch(WinogradGeometry geometry, Shape input, Padding padding)
    {
        // Folding leaves nothing outside the image.
        WinogradShape shape = geometry.IsFolded
            ? WinogradShape.Of(geometry, geometry.Folded)
            : WinogradShape.Of(geometry, input) with { Top = padding.Top, Left = padding.Left };
        ClKernel kernel = CreateTransform("winograd_input", geometry, k => k.SetArg(5, PieceOf(geometry.Channels)));
        return new KernelLaunch(kernel, default, (k, arena, in run) =>
        {
            k.SetArg(0, geometry.IsFolded ? arena.Scratch : arena.Maps);
            k.SetArg(1, geometry.IsFolded ? 0 : StepPreparation.Offset(run.Inputs[0]));
            k.SetArg(2, arena.Maps);
            k.SetArg(3, StepPreparation.Offset(run.Workspace));
            k.SetArg(4, shape with { Images = run.Images, PlaneFloats = new WinogradWorkspace(geometry, run.Images).ValuePlane });
            return new WorkSize(geometry.Channels / PieceOf(geometry.Channels), (long)geometry.Tiles * run.Images);
        });
    }

    private KernelLaunch ProductLaunch(WinogradGeometry geometry, ConvolutionShape shape, ConvolutionTile tile, PackedLayer packed)
    {
        ClKernel kernel = kernels.Create("convolution.cl", "convolution", SetConstants, $"{tile.Options} {ProductOptions}");
        return new KernelLaunch(kernel, tile.Local, (k, arena, in run) =>
        {
            var workspace = new WinogradWorkspace(geometry, run.Images);
            k.SetArg(0, arena.Maps);
            k.SetArg(1, StepPreparation.Offset(run.Workspace));
            k.SetArg(4, arena.Maps);
            k.SetArg(5, StepPreparation.Offset(run.Workspace) + workspace.ProductsOffset);
            k.SetArg(7, ConvolutionPlanes.Of(workspace));
            return tile.Global((long)geometry.Tiles * run.Images, shape.GroupFilters, geometry.Groups * geometry.Planes);
        });

        void SetConstants(ClKernel k)
        {
            packed.SetOn(k);
            k.SetArg(6, shape);
        }
    }

    private KernelLaunch OutputLaunch(WinogradGeometry geometry, Shape output, Activation activation, PackedLayer packed)
    {
        WinogradShape shape = WinogradShape.Of(geometry, output) with { Activation = (int)activation };
        ClKernel kernel = CreateTransform("winograd_output", geometry, SetConstants);
        return new KernelLaunch(kernel, default, (k, arena, in run) =>
        {
            var workspace = new WinogradWorkspace(geometry, run.Images);
            k.SetArg(0, arena.Maps);
            k.SetArg(1, StepPreparation.Offset(run.Workspace) + workspace.ProductsOffset);
            k.SetArg(3, arena.Maps);
            k.SetArg(4, StepPreparation.Offset(run.Output));
            k.SetArg(5, shape with { Images = run.Images, PlaneFloats = workspace.ProductPlane });
            return new WorkSize(geometry.Filters / PieceOf(geometry.Filters), (long)geometry.Tiles * run.Images);
        });

        void SetConstants(ClKernel k)
        {
            k.SetArg(2, packed.Bias);
            k.SetArg(6, PieceOf(geometry.Filters));
        }
    }

    private ClKernel CreateTransform(string name, WinogradGeometry geometry, Action<ClKernel> setConstants) => kernels.Create(
        "winograd.cl", name, setConstants, $"-D TILE_CHANNELS={(device.IsCpu ? device.VectorWidth : LaneChannels)} {geometry.Options}");

    private int PieceOf(int channels) => device.IsCpu ? channels : LaneChannels;
}
