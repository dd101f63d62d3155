using Convoy.Backends.OpenCL.Convolutions;
using Convoy.Backends.OpenCL.Interop;
using Convoy.Graph;
using Convoy.Layers;
using Convoy.Tensors;

namespace Convoy.Backends.OpenCL;

/// <summary>From fused steps to kernel launches with their constant arguments set.</summary>
internal sealed class StepPreparation(DeviceMemory memory, DeviceTraits device, KernelLibrary kernels, ConvolutionChoice choice)
{
    private readonly ConvolutionPreparation _convolutions = new(
        memory, device, kernels, new WinogradRounds(device, memory.Context.Device.MaxAllocationBytes), choice);

    /// <summary>True where a convolution's step does the pooling behind it too.</summary>
    public bool TakesPool(FusedStep convolution, Pool2D pool) => _convolutions.TakesPool(convolution, pool);

    /// <summary>Prepares a step.</summary>
    public OpenClStep Prepare(FusedStep step, StepWeights weights, int batch) => step.Layer switch
    {
        Convolution2D layer => _convolutions.Prepare(step, layer, weights, batch),
        FullyConnected layer => _convolutions.Prepare(step, layer, weights, batch),
        Pool2D layer => PreparePool(PoolShape.Of(layer, step.InputShapes[0], step.OutputShape), step.OutputShape, batch),
        AdaptiveAveragePool2D => PreparePool(PoolShape.OfAdaptive(step.InputShapes[0], step.OutputShape), step.OutputShape, batch),
        LocalResponseNormalization layer => PrepareNormalization(layer, step.OutputShape, batch),
        Softmax => PrepareSoftmax(step.OutputShape, batch),
        Add or ActivationLayer => PrepareElementwise(step, batch),
        Concat => PrepareConcat(step, batch),
        Flatten => PrepareFlatten(step, batch),
        _ => throw new BackendException($"Layer '{step.Name}': the OpenCL backend does not know {step.Layer.Op} layers."),
    };

    /// <summary>Prepares a change of layout.</summary>
    public OpenClStep PrepareTransform(Shape shape, Layout from, Layout to, int batch) =>
        Simple(TransformLaunch(shape, to), (long)shape.Height * shape.Width * batch, from, to);

    /// <summary>A launch from one place of the arena to another that only changes the order.</summary>
    private KernelLaunch TransformLaunch(Shape shape, Layout to)
    {
        int pixels = shape.Height * shape.Width;
        ClKernel kernel = kernels.Create("transform.cl", to == Layout.Nhwc ? "nchw_to_nhwc" : "nhwc_to_nchw", k =>
        {
            k.SetArg(4, shape.Channels);
            k.SetArg(5, pixels);
        });
        return new KernelLaunch(kernel, default, (k, arena, in run) =>
        {
            SetEnds(k, 0, 2, arena, run);
            return new WorkSize(pixels, run.Images);
        });
    }

    private OpenClStep PreparePool(PoolShape shape, Shape output, int batch)
    {
        int pixels = output.Height * output.Width;
        ClKernel kernel = kernels.Create("pool.cl", "pool", k =>
        {
            k.SetArg(4, shape);
            k.SetArg(5, device.Piece(output.Channels));
        });
        return Simple(RowsLaunch(kernel, output.Channels, pixels), (long)pixels * batch);
    }

    private OpenClStep PrepareNormalization(LocalResponseNormalization layer, Shape shape, int batch)
    {
        int pixels = shape.Height * shape.Width;
        ClKernel kernel = kernels.Create("pointwise.cl", "lrn", k =>
        {
            k.SetArg(4, shape.Channels);
            k.SetArg(5, layer.Size);
            k.SetArg(6, layer.Alpha / layer.Size);
            k.SetArg(7, layer.Beta);
            k.SetArg(8, layer.K);
            k.SetArg(9, device.Piece(shape.Channels));
        });
        return Simple(RowsLaunch(kernel, shape.Channels, pixels), (long)pixels * batch);
    }

    private OpenClStep PrepareSoftmax(Shape shape, int batch)
    {
        int pixels = shape.Height * shape.Width;
        ClKernel kernel = kernels.Create("pointwise.cl", "softmax", k => k.SetArg(4, shape.Channels));
        var launch = new KernelLaunch(kernel, default, (k, arena, in run) =>
        {
            SetEnds(k, 0, 2, arena, run);
            return new WorkSize((long)pixels * run.Images);
        });
        return Simple(launch, (long)pixels * batch);
    }

    private OpenClStep PrepareElementwise(FusedStep step, int batch)
    {
        int image = checked((int)step.OutputShape.Count);
        bool isSum = step.Layer is Add;
        ClKernel kernel = kernels.Create("pointwise.cl", "elementwise", k =>
        {
            k.SetArg(6, isSum ? 1 : 0);
            k.SetArg(7, (int)step.Activation);
            k.SetArg(9, device.Piece(image));
        });
        var launch = new KernelLaunch(kernel, default, (k, arena, in run) =>
        {
            SetEnds(k, 0, 4, arena, run);
            k.SetArg(2, arena.Maps);
            k.SetArg(3, isSum ? Offset(run.Inputs[1]) : 0);
            k.SetArg(8, image * run.Images);
            int piece = device.Piece(image);
            return new WorkSize((((long)image * run.Images) + piece - 1) / piece);
        });
        return Simple(launch, batch);
    }

    private OpenClStep PrepareConcat(FusedStep step, int batch)
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

        return new OpenClStep("copy", launches, [], Layout.Nhwc, Layout.Nhwc) { WorkItems = (long)pixels * batch };
    }

    private KernelLaunch ConcatLaunch(int input, int channels, int outputChannels, int offset, int pixels)
    {
        ClKernel kernel = kernels.Create("pointwise.cl", "concat", k =>
        {
            k.SetArg(4, channels);
            k.SetArg(5, outputChannels);
            k.SetArg(6, offset);
            k.SetArg(7, device.Piece(channels));
        });
        return new KernelLaunch(kernel, default, (k, arena, in run) =>
        {
            k.SetArg(0, arena.Maps);
            k.SetArg(1, Offset(run.Inputs[input]));
            k.SetArg(2, arena.Maps);
            k.SetArg(3, Offset(run.Output));
            return new WorkSize(device.Pieces(channels), (long)pixels * run.Images);
        });
    }

    private OpenClStep PrepareFlatten(FusedStep step, int batch)
    {
        Shape input = step.InputShapes[0];
        return Simple(TransformLaunch(input, Layout.Nchw), (long)input.Height * input.Width * batch);
    }

    private KernelLaunch RowsLaunch(ClKernel kernel, int row, int imageRows) => new(kernel, default, (k, arena, in run) =>
    {
        SetEnds(k, 0, 2, arena, run);
        return new WorkSize(device.Pieces(row), (long)imageRows * run.Images);
    });

    private static OpenClStep Simple(KernelLaunch launch, long workItems, Layout from = Layout.Nhwc, Layout to = Layout.Nhwc) =>
        new("simple", [launch], [], from, to) { WorkItems = workItems };

    private static void SetEnds(ClKernel kernel, int input, int output, OpenClArena arena, in StepContext run)
    {
        kernel.SetArg(input, arena.Maps);
        kernel.SetArg(input + 1, Offset(run.Inputs[0]));
        kernel.SetArg(output, arena.Maps);
        kernel.SetArg(output + 1, Offset(run.Output));
    }

    /// <summary>A byte offset of the arena in floats, as kernels count.</summary>
    internal static int Offset(long bytes) => checked((int)(bytes / sizeof(float)));
}
