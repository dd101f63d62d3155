using Convoy.Backends.OpenCL.Interop;
using Convoy.Graph;
using Convoy.Layers;
using Convoy.Tensors;

namespace Convoy.Backends.OpenCL;

/// <summary>
/// Prepares convolutions by Winograd's algorithm: a round of images is folded where there is a stride, its tiles are
/// evaluated at the points, multiplied plane by plane, and interpolated to outputs.
/// </summary>
internal sealed class WinogradPreparation(DeviceMemory memory, DeviceTraits device, KernelLibrary kernels, WinogradRounds rounds)
{
    // Reduction steps added up at a time: the rounding errors of longer sums would be magnified by the interpolation.
    private const int Block = 96;

    // A lane of a GPU has registers for one channel of a tile; a core takes all of them, a vector at a time.
    private const int LaneChannels = 1;

    // Adjacent planes would fall into the same sets of a cache if they lay a power of two apart.
    private const int PlaneGap = 16;

    /// <summary>Prepares a convolution.</summary>
    public OpenClStep Prepare(
        FusedStep step, Convolution2D layer, WinogradGeometry geometry, StepWeights weights, int batch, string choice)
    {
        var shape = ConvolutionShape.Of(geometry);
        ConvolutionTile tile = kernels.Fit(
            step.Name,
            "convolution.cl",
            "convolution",
            limits => ConvolutionTile.For(limits, shape.GroupFilters) with { Block = Block },
            each => (each.Local, each.Options));
        var plan = new Plan(step, layer, geometry, rounds.CountImages(geometry, batch));
        List<IDisposable> owned = [];
        List<KernelLaunch> launches = [];
        try
        {
            var packed = PackedLayer.Create(memory, step, weights, layer.Kernel, geometry, tile.Panel);
            owned.Add(packed);
            ClBuffer bias = memory.From(
                $"Layer '{step.Name}': its bias", weights.Bias.IsEmpty ? new float[layer.Filters] : weights.Bias.Span);
            owned.Add(bias);
            if (geometry.Stride > 1)
            {
                launches.Add(FoldLaunch(plan));
            }

            launches.Add(InputLaunch(plan));
            launches.Add(ProductLaunch(plan, shape, tile, packed));
            launches.Add(OutputLaunch(plan, bias));
            return new OpenClStep($"winograd-{2 * geometry.Pairs} {tile}", launches, owned, Layout.Nhwc, Layout.Nhwc)
            {
                Choice = choice,
                PackedBytes = packed.Bytes + bias.Bytes,
                ImageScratchBytes = geometry.Stride > 1 ? geometry.Folded.Count * sizeof(float) : 0,
                WorkspaceBytes = plan.WorkspaceFloats * sizeof(float),
                Round = new ImageRound(
                    plan.RoundImages, step.InputShapes[0].Count * sizeof(float), step.OutputShape.Count * sizeof(float)),
                WorkItems = tile.Global((long)geometry.Tiles * batch, shape.GroupFilters, geometry.Groups * geometry.Planes).Total,
            };
        }
        catch
        {
            launches.ForEach(each => each.Dispose());
            owned.ForEach(each => each.Dispose());
            throw;
        }
    }

    private KernelLaunch FoldLaunch(Plan plan)
    {
        (Shape input, Shape folded, Padding padding) = (plan.Step.InputShapes[0], plan.Geometry.Folded, plan.Padding);
        ClKernel kernel = kernels.Create("fold.cl", "fold", k =>
        {
            k.SetArg(3, 0);
            k.SetArg(4, input.Height);
            k.SetArg(5, input.Width);
            k.SetArg(6, input.Channels);
            k.SetArg(7, plan.Geometry.Stride);
            k.SetArg(8, padding.Top);
            k.SetArg(9, padding.Left);
        });
        return new KernelLaunch(kernel, default, (k, arena, in run) =>
        {
            k.SetArg(0, arena.Maps);
            k.SetArg(1, StepPreparation.Offset(run.Inputs[0]));
            k.SetArg(2, arena.Scratch);
            return new WorkSize(folded.Width, folded.Height, run.Images);
        });
    }

    private KernelLaunch InputLaunch(Plan plan)
    {
        WinogradGeometry geometry = plan.Geometry;
        bool isFolded = geometry.Stride > 1;
        WinogradShape shape = isFolded
            ? WinogradShape.Of(geometry, geometry.Folded)
            : WinogradShape.Of(geometry, plan.Step.InputShapes[0]) with { Top = plan.Padding.Top, Left = plan.Padding.Left };
        shape.PlaneFloats = plan.ValuePlane;
        ClKernel kernel = CreateTransform("winograd_input", plan, geometry.Channels, 5);
        return new KernelLaunch(kernel, default, (k, arena, in run) =>
        {
            k.SetArg(0, isFolded ? arena.Scratch : arena.Maps);
            k.SetArg(1, isFolded ? 0 : StepPreparation.Offset(run.Inputs[0]));
            k.SetArg(2, arena.Maps);
            k.SetArg(3, StepPreparation.Offset(run.Workspace));
            k.SetArg(4, shape with { Images = run.Images });
            return new WorkSize(PiecesOf(geometry.Channels), (long)geometry.Tiles * run.Images);
        });
    }

    private KernelLaunch ProductLaunch(Plan plan, ConvolutionShape shape, ConvolutionTile tile, PackedLayer packed)
    {
        WinogradGeometry geometry = plan.Geometry;
        ClKernel kernel = kernels.Create("convolution.cl", "convolution", k =>
        {
            packed.SetOn(k);
            k.SetArg(6, shape);
        }, tile.Options);
        return new KernelLaunch(kernel, tile.Local, (k, arena, in run) =>
        {
            k.SetArg(0, arena.Maps);
            k.SetArg(1, StepPreparation.Offset(run.Workspace));
            k.SetArg(4, arena.Maps);
            k.SetArg(5, StepPreparation.Offset(run.Workspace) + plan.ProductsOffset);
            k.SetArg(7, ConvolutionPlanes.Of(geometry, run.Images, plan.ValuePlane, plan.ProductPlane));
            return tile.Global((long)geometry.Tiles * run.Images, shape.GroupFilters, geometry.Groups * geometry.Planes);
        });
    }

    private KernelLaunch OutputLaunch(Plan plan, ClBuffer bias)
    {
        WinogradGeometry geometry = plan.Geometry;
        WinogradShape shape = WinogradShape.Of(geometry, plan.Step.OutputShape) with
        {
            PlaneFloats = plan.ProductPlane,
            Activation = (int)plan.Step.Activation,
        };
        ClKernel kernel = CreateTransform("winograd_output", plan, geometry.Filters, 6);
        kernel.SetArg(2, bias);
        return new KernelLaunch(kernel, default, (k, arena, in run) =>
        {
            k.SetArg(0, arena.Maps);
            k.SetArg(1, StepPreparation.Offset(run.Workspace) + plan.ProductsOffset);
            k.SetArg(3, arena.Maps);
            k.SetArg(4, StepPreparation.Offset(run.Output));
            k.SetArg(5, shape with { Images = run.Images });
            return new WorkSize(PiecesOf(geometry.Filters), (long)geometry.Tiles * run.Images);
        });
    }

    private ClKernel CreateTransform(string name, Plan plan, int channels, int pieceIndex) => kernels.Create(
        "winograd.cl",
        name,
        k => k.SetArg(pieceIndex, device.IsCpu ? channels : LaneChannels),
        $"-D TILE_CHANNELS={(device.IsCpu ? device.VectorWidth : LaneChannels)} {plan.Geometry.Options}");

    private int PiecesOf(int channels) => device.IsCpu ? 1 : channels / LaneChannels;

    /// <summary>A layer, and where a round's values and products lie in its workspace, in floats.</summary>
    private sealed record Plan(FusedStep Step, Convolution2D Layer, WinogradGeometry Geometry, int RoundImages)
    {
        public Padding Padding { get; } = Layer.Window.ResolvePadding(Step.InputShapes[0]);

        public int ValuePlane => checked(RoundImages * Geometry.Tiles * Geometry.Channels) + PlaneGap;

        public int ProductPlane => checked(RoundImages * Geometry.Tiles * Geometry.Filters) + PlaneGap;

        public int ProductsOffset => checked(ValuePlane * Geometry.Planes);

        public long WorkspaceFloats => ProductsOffset + ((long)ProductPlane * Geometry.Planes);
    }
}
