using Convoy.Backends.OpenCL.Chains;
using Convoy.Backends.OpenCL.Convolutions;
using Convoy.Backends.OpenCL.Interop;
using Convoy.Layers;

namespace Convoy.Backends.OpenCL;

/// <summary>From fused steps to regions, and from those to kernel launches with their constant arguments set.</summary>
internal sealed class StepPreparation(
    DeviceTraits device,
    KernelLibrary kernels,
    ConvolutionPlanning convolutions,
    ElementwisePreparation elementwise,
    InstanceNormPreparation instanceNorms,
    ChainPreparation chains)
{
    // A comparison, a difference, an exponential of about eight, a sum and a quotient.
    private const double SoftmaxOperations = 12;

    /// <summary>How many of steps that follow each other, from the first on, are better computed together.</summary>
    public int CountTogether(ReadOnlySpan<FusedStep> run, int batch) => chains.CountTogether(run, batch) is > 0 and int count
        ? count
        : run[0].Layer is Convolution2D layer ? convolutions.CountTogether(run, layer) : 1;

    /// <summary>The forms in which steps can be computed together, the one to prefer first.</summary>
    public IEnumerable<RegionForm> List(ImmutableArray<FusedStep> steps, int batch)
    {
        if (chains.CountTogether(steps.AsSpan(), batch) == steps.Length)
        {
            return [chains.FormOf(steps, batch)];
        }

        return steps[0].Layer is Convolution2D layer
            ? convolutions.List(steps, layer, batch)
            : [new RegionForm("simple", weights => Prepare(steps[0], weights[0], batch))];
    }

    /// <summary>Prepares a change of layout.</summary>
    public PreparedOpenClRegion PrepareTransform(Shape shape, Layout from, Layout to, int batch) =>
        Simple(TransformLaunch(shape, from, to), (long)shape.Height * shape.Width * batch, from, to);

    private PreparedOpenClRegion Prepare(FusedStep step, StepWeights weights, int batch) => step.Layer switch
    {
        FullyConnected layer => convolutions.Prepare(step, layer, weights, batch),
        Pool2D layer => PreparePool(PoolShape.Of(layer, step.InputShapes[0], step.OutputShape), step, layer.Kernel.Height * layer.Kernel.Width, batch),
        AdaptivePool2D layer => PreparePool(
            PoolShape.Of(layer, step.InputShapes[0], step.OutputShape), step, (double)step.InputShapes[0].Count / step.OutputShape.Count, batch),
        LocalResponseNormalization layer => PrepareNormalization(step, layer, batch),
        Softmax => PrepareSoftmax("softmax", step.OutputShape, batch),
        LogSoftmax => PrepareSoftmax("log_softmax", step.OutputShape, batch),
        Pad2D layer => PreparePad(layer, step, batch),
        Concat => PrepareConcat(step, batch),
        Binary layer => elementwise.Prepare(step, layer, weights, batch),
        BinaryConstant layer => elementwise.Prepare(step, layer, weights, batch),
        ActivationLayer => elementwise.Prepare(step, weights, batch),
        InstanceNormalization layer => instanceNorms.Prepare(step, layer, weights, batch),
        _ => Rearrangement.Of(step, Layout.Nhwc) is { } copy
            ? PrepareRearrangement(RearrangeShape.Of(copy), step.OutputShape, batch)
            : throw new BackendException($"Layer '{step.Name}': the OpenCL backend does not know {step.Layer.Op} layers."),
    };

    private KernelLaunch TransformLaunch(Shape shape, Layout from, Layout to)
    {
        string kernel = (from, to) switch
        {
            (Layout.Nchw, Layout.Nhwc) => "nchw_to_nhwc",
            (Layout.Nhwc, Layout.Nchw) => "nhwc_to_nchw",
            _ => throw new BackendException($"The OpenCL backend does not know how to change the layout {from} to {to}."),
        };
        int pixels = shape.Height * shape.Width;
        return kernels.LaunchToOutput(
            new KernelForm("transform.cl", kernel),
            KernelWork.Pass(shape.Count, shape.Count, 0),
            k =>
            {
                k.Set("channels", shape.Channels);
                k.Set("pixels", pixels);
            },
            images => new WorkSize(pixels, images));
    }

    private PreparedOpenClRegion PreparePool(PoolShape shape, FusedStep step, double elements, int batch) =>
        PreparePieces(new KernelForm("pool.cl", "pool"), step, elements, batch, k => k.Set("shape", shape));

    private PreparedOpenClRegion PrepareNormalization(FusedStep step, LocalResponseNormalization layer, int batch)
    {
        int before = layer.Alignment switch
        {
            LrnAlignment.Above => (layer.Size - 1) / 2,
            LrnAlignment.Below => layer.Size / 2,
            _ => throw new BackendException($"Layer '{step.Name}': the OpenCL backend does not know the alignment {layer.Alignment} of a normalisation."),
        };
        return PreparePieces(new KernelForm("pointwise.cl", "lrn"), step, 2.0 * layer.Size, batch, k =>
        {
            k.Set("channels", step.OutputShape.Channels);
            k.Set("before", before);
            k.Set("after", layer.Size - 1 - before);
            k.Set("alpha_over_size", layer.Alpha / layer.Size);
            k.Set("beta", layer.Beta);
            k.Set("k", layer.K);
        });
    }

    private PreparedOpenClRegion PrepareSoftmax(string kernel, Shape shape, int batch)
    {
        int pixels = shape.Height * shape.Width;
        KernelLaunch launch = kernels.LaunchToOutput(
            new KernelForm("pointwise.cl", kernel),
            KernelWork.Pass(shape.Count, shape.Count, SoftmaxOperations),
            k => k.Set("channels", shape.Channels),
            images => new WorkSize((long)pixels * images));
        return Simple(launch, (long)pixels * batch);
    }

    private PreparedOpenClRegion PreparePad(Pad2D layer, FusedStep step, int batch)
    {
        var shape = new PadShape(step.InputShapes[0], step.OutputShape, layer.Padding, layer.Value);
        var work = KernelWork.Pass(step.InputShapes[0].Count, step.OutputShape.Count, 0);
        KernelLaunch launch = kernels.LaunchToOutput(PadShape.Form, work, k => shape.SetOn(k, device), images => shape.Global(device, images));
        return Simple(launch, (long)step.OutputShape.Height * batch);
    }

    private PreparedOpenClRegion PrepareRearrangement(RearrangeShape shape, Shape output, int batch)
    {
        long rows = output.Count / shape.RowFloats;
        KernelLaunch launch = kernels.LaunchToOutput(
            new KernelForm("rearrange.cl", "rearrange"),
            KernelWork.Pass(output.Count, output.Count, 0),
            k =>
            {
                k.Set("shape", shape);
                k.Set("piece", device.Piece(shape.RowFloats));
            },
            images => new WorkSize(device.Pieces(shape.RowFloats), rows * images));
        return Simple(launch, rows * batch);
    }

    // A work-item computes a piece of an output pixel's channels.
    private PreparedOpenClRegion PreparePieces(
        KernelForm form, FusedStep step, double operationsOfOutput, int batch, Action<ClKernel> setConstants)
    {
        Shape output = step.OutputShape;
        long pixels = (long)output.Height * output.Width;
        KernelLaunch launch = kernels.LaunchToOutput(
            form,
            KernelWork.Pass(step.InputShapes[0].Count, output.Count, operationsOfOutput),
            k =>
            {
                setConstants(k);
                k.Set("piece", device.Piece(output.Channels));
            },
            images => new WorkSize(device.Pieces(output.Channels), pixels * images));
        return Simple(launch, pixels * batch);
    }

    private PreparedOpenClRegion PrepareConcat(FusedStep step, int batch)
    {
        int pixels = step.OutputShape.Height * step.OutputShape.Width;
        List<KernelLaunch> launches = [];
        try
        {
            int offset = 0;
            for (int i = 0; i < step.InputShapes.Length; i++)
            {
                launches.Add(ConcatLaunch(i, step.InputShapes[i].Channels, step.OutputShape.Channels, offset, pixels));
                offset += step.InputShapes[i].Channels;
            }
        }
        catch
        {
            launches.ForEach(each => each.Dispose());
            throw;
        }

        return new PreparedOpenClRegion("copy", launches, [], Layout.Nhwc, Layout.Nhwc) { WorkItems = (long)pixels * batch };
    }

    private KernelLaunch ConcatLaunch(int input, int channels, int outputChannels, int offset, int pixels) =>
        kernels.Launch(new KernelForm("pointwise.cl", "concat"), KernelWork.Pass((long)channels * pixels, (long)channels * pixels, 0), k =>
        {
            k.Set("channels", channels);
            k.Set("out_channels", outputChannels);
            k.Set("channel_offset", offset);
            k.Set("piece", device.Piece(channels));
            var x = new TensorArgument(k, "x");
            var y = new TensorArgument(k, "y");
            return (arena, in run) =>
            {
                x.Set(arena.Maps, run.Inputs[input]);
                y.SetOutput(arena, run);
                return new WorkSize(device.Pieces(channels), (long)pixels * run.Images);
            };
        });

    private static PreparedOpenClRegion Simple(KernelLaunch launch, long workItems, Layout from = Layout.Nhwc, Layout to = Layout.Nhwc) =>
        new("simple", [launch], [], from, to) { WorkItems = workItems };
}
