using Convoy.Backends.OpenCL.Interop;
using Convoy.Layers;

namespace Convoy.Backends.OpenCL.Convolutions;

/// <summary>Convolutions whose every channel has a filter of its own (depthwise.cl).</summary>
internal sealed class DepthwiseConvolution(DeviceMemory memory, DeviceTraits device, KernelLibrary kernels) : IConvolutionAlgorithm<ConvolutionLayer, ConvolutionPlan>
{
    // Registers of a core hold the sums of four pixels; lanes of a GPU are many and have few.
    private const int CpuTileWidth = 4;
    private const int GpuChannels = 4;

    // A filter is a panel of its own to the implicit GEMM, and all but one of the panel's lanes are idle.
    private const double ShareOfGemm = 0.1;

    /// <inheritdoc/>
    public string Name => "depthwise";

    /// <inheritdoc/>
    public ConvolutionAlgorithm Kind => ConvolutionAlgorithm.Direct;

    /// <inheritdoc/>
    public double ErrorBound => 1e-6;

    /// <inheritdoc/>
    public Candidate<ConvolutionPlan>? Plan(ConvolutionLayer layer) =>
        layer.Layer.Groups == layer.Input.Channels && layer.Layer.Filters == layer.Input.Channels && layer.Layer.Groups > 1
            ? new Candidate<ConvolutionPlan>(Name, Kind, ShareOfGemm * ImplicitGemm.CostOf(layer), new ConvolutionPlan(task => Prepare(task, layer.Layer)))
            : null;

    private PreparedOpenClRegion Prepare(ConvolutionTask task, Convolution2D layer)
    {
        Shape output = task.Step.OutputShape;
        int channels = device.IsCpu ? device.VectorWidth : GpuChannels;
        int width = device.IsCpu ? CpuTileWidth : 1;
        int columns = device.IsCpu ? output.Width : 1;
        string activation = KernelActivation.OptionsFor(task.Step.Name, task.Step.Activation);
        var form = new KernelForm("depthwise.cl", "depthwise", $"-D TILE_CHANNELS={channels} -D TILE_WIDTH={width} {activation}");
        var packed = PackedLayer.Create(memory, task, 1, layer.Kernel, channels);
        try
        {
            DepthwiseShape shape = DepthwiseShape.Of(layer, task.Step.InputShapes[0], output, channels);
            var itemsOfImage = new WorkSize(shape.Panels, (output.Width + columns - 1) / columns, output.Height);
            KernelLaunch launch = kernels.LaunchToOutput(
                form,
                new KernelWork(
                    2.0 * output.Height * output.Width * packed.WeightCount,
                    (task.Step.InputShapes[0].Count + output.Count) * sizeof(float),
                    packed.Bytes),
                k =>
                {
                    packed.SetOn(k);
                    k.Set("shape", shape);
                    k.Set("columns", columns);
                },
                images => itemsOfImage with { Z = itemsOfImage.Z * images });
            return new PreparedOpenClRegion(FormattableString.Invariant($"{task.Algorithm} {width}x{channels}"), [launch], [packed], Layout.Nhwc, Layout.Nhwc)
            {
                Choice = task.Reason,
                PackedBytes = packed.Bytes,
                WorkItems = itemsOfImage.Total * task.Batch,
            };
        }
        catch
        {
            packed.Dispose();
            throw;
        }
    }
}

/// <summary>depthwise_shape of depthwise.cl, field for field.</summary>
internal struct DepthwiseShape
{
    public int Height;
    public int Width;
    public int Channels;
    public int OutHeight;
    public int OutWidth;
    public int KernelH;
    public int KernelW;
    public int StrideH;
    public int StrideW;
    public int DilationH;
    public int DilationW;
    public int Top;
    public int Left;
    public int Panels;

    /// <summary>A layer whose channels are computed so many at a time.</summary>
    public static DepthwiseShape Of(Convolution2D layer, Shape input, Shape output, int panel)
    {
        Padding padding = layer.Window.ResolvePadding(input);
        return new()
        {
            Height = input.Height,
            Width = input.Width,
            Channels = input.Channels,
            OutHeight = output.Height,
            OutWidth = output.Width,
            KernelH = layer.Kernel.Height,
            KernelW = layer.Kernel.Width,
            StrideH = layer.Stride.Height,
            StrideW = layer.Stride.Width,
            DilationH = layer.Dilation.Height,
            DilationW = layer.Dilation.Width,
            Top = padding.Top,
            Left = padding.Left,
            Panels = (input.Channels + panel - 1) / panel,
        };
    }
}
