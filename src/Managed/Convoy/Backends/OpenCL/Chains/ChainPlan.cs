using Convoy.Layers;

namespace Convoy.Backends.OpenCL.Chains;

/// <summary>
/// Steps as stages of chain.cl: a tile for each, and a place for each map and for each layer's weights. Maps do not share
/// their places, so that the zeros around them stay.
/// </summary>
internal sealed class ChainPlan
{
    // What stays in a core's second-level cache beside what else is there: the maps of a micro-batch, and as much again of weights.
    private const int MostBytes = 512 << 10;

    // An image in one kernel is one core's; beyond, all cores are sooner done, whatever the launches take.
    private const long MostMultiplyAdds = 2_000_000;
    private const int MostSteps = 32;

    // Sums are added up in one go: longer ones would err more than those of convolution.cl, which are in blocks.
    private const int MostTaps = 4096;

    private readonly List<ChainStage> _stages = [];
    private readonly List<ChainLayer> _layers = [];
    private readonly bool _lanesAreImages;
    private readonly int _vector;
    private Activation _activation;
    private ChainMap _map;
    private int _elements;
    private int _weightFloats;
    private bool _isPadded;

    private ChainPlan(bool lanesAreImages, int vector)
    {
        _lanesAreImages = lanesAreImages;
        _vector = vector;
    }

    /// <summary>The stages.</summary>
    public IReadOnlyList<ChainStage> Stages => _stages;

    /// <summary>The layers with weights, and where these go.</summary>
    public IReadOnlyList<ChainLayer> Layers => _layers;

    /// <summary>The activation of all stages that have one.</summary>
    public Activation Activation => _activation;

    /// <summary>The image that goes in and the one that comes out.</summary>
    public ChainShape Shape { get; private set; }

    /// <summary>Floats of all packed weights.</summary>
    public int WeightFloats => _weightFloats;

    /// <summary>Floats that a micro-batch takes.</summary>
    public long MicroBatchFloats => (long)_elements * MicroBatch;

    /// <summary>Images of a micro-batch.</summary>
    public int MicroBatch => _lanesAreImages ? _vector : 1;

    /// <summary>Multiply-adds of an image, with those that fill tiles.</summary>
    public long MultiplyAdds { get; private set; }

    /// <summary>Filters of one entry of a tile.</summary>
    private int Step => _lanesAreImages ? 1 : _vector;

    /// <summary>Plans steps that follow each other; null where chains have no stage for one, or it would not pay.</summary>
    /// <param name="steps">The steps.</param>
    /// <param name="lanesAreImages">What lies in the lanes.</param>
    /// <param name="vector">Lanes of a vector.</param>
    public static ChainPlan? TryPlan(ReadOnlySpan<FusedStep> steps, bool lanesAreImages, int vector)
    {
        var plan = new ChainPlan(lanesAreImages, vector);
        return IsSmall(steps)
            && plan.TryAdd(steps)
            && plan._layers.Count > 1
            && plan.MicroBatchFloats * sizeof(float) <= MostBytes
            && (long)plan.WeightFloats * sizeof(float) <= MostBytes ? plan : null;
    }

    /// <summary>False for steps whose sizes need not be computed, and might overflow.</summary>
    private static bool IsSmall(ReadOnlySpan<FusedStep> steps)
    {
        long work = 0;
        foreach (FusedStep step in steps)
        {
            Shape input = step.InputShapes[0];
            Padding padding = FindWindow(step)?.Padding ?? default;
            long padded = Math.BigMul(padding.Top + input.Height + padding.Bottom, padding.Left + input.Width + padding.Right);
            work += step.MultiplyAdds;
            if (FindWindow(step) is { } window && (long)window.Kernel.Height * window.Kernel.Width * input.Channels > MostTaps)
            {
                return false;
            }

            if (padded > MostBytes || Math.Max(padded * input.Channels, step.OutputShape.Count) > MostBytes / sizeof(float) || work > MostMultiplyAdds)
            {
                return false;
            }
        }

        return steps.Length <= MostSteps;
    }

    private bool TryAdd(ReadOnlySpan<FusedStep> steps)
    {
        if (FindWindow(steps[0]) is null)
        {
            return false;
        }

        Shape image = steps[0].InputShapes[0];
        ChainMap first = _map = Place(image, image.Channels, steps[0]);
        for (int i = 0; i < steps.Length; i++)
        {
            FusedStep step = steps[i];
            FusedStep? next = i + 1 < steps.Length ? steps[i + 1] : null;
            bool isDone;
            if (FindWindow(step) is { } window)
            {
                FusedStep? pool = next is not null && PoolOf(next) is { SharesNoRows: true } ? next : null;
                isDone = TryAddConvolution(i, step, window, pool, pool is null ? next : i + 2 < steps.Length ? steps[i + 2] : null);
                i += pool is null ? 0 : 1;
            }
            else if (PoolOf(step) is { } alone)
            {
                AddPool(step, alone, next);
                isDone = true;
            }
            else
            {
                isDone = step.Layer is Softmax && step.OutputShape is { Height: 1, Width: 1 } && next is null;
                AddSoftmax(step);
            }

            if (!isDone)
            {
                return false;
            }
        }

        Shape = new ChainShape
        {
            Stages = _stages.Count,
            Elements = _elements,
            IsPadded = _isPadded ? 1 : 0,
            Input = first.First,
            ImageFloats = (int)image.Count,
            RowFloats = image.Width * image.Channels,
            InRow = first.Row,
            Output = _map.First,
            Pixels = _map.Shape.Height * _map.Shape.Width,
            Channels = _map.Shape.Channels,
            PaddedChannels = _map.PaddedChannels,
        };
        return true;
    }

    private bool TryAddConvolution(int index, FusedStep step, ChainWindow window, FusedStep? pool, FusedStep? reader)
    {
        if (step.Activation != Activation.None && _activation != Activation.None && step.Activation != _activation)
        {
            return false;
        }

        _activation = step.Activation == Activation.None ? _activation : step.Activation;
        (Shape output, ChainMap input) = (step.OutputShape, _map);
        int filters = (output.Channels + Step - 1) / Step;
        (ChainTile tile, int place) = ChainTile.Choose(_lanesAreImages, _vector, filters, output.Width);
        int tiles = tile.Cover(filters);
        int paddedChannels = tiles * tile.Filters * Step;
        ChainPool? windows = pool is null ? null : PoolOf(pool);
        int sums = _elements;
        _elements += windows is null ? 0 : windows.Value.Kernel.Height * output.Width * paddedChannels;
        _map = Place(pool?.OutputShape ?? output, paddedChannels, reader);
        int length = window.Kernel.Width * input.Shape.Channels;
        _layers.Add(new ChainLayer(index, window.Kernel.Height * window.Kernel.Width, input.Shape.Channels, output.Channels, paddedChannels / tiles, tiles, _weightFloats));
        _stages.Add(With(windows, output.Width, paddedChannels) with
        {
            Kind = ChainStageKind.Convolution,
            Tile = place,
            Tiles = tiles,
            Activates = step.Activation == Activation.None ? 0 : 1,
            Input = input.Begin,
            Output = _map.First,
            Sums = sums,
            Weights = _weightFloats,
            Height = _map.Shape.Height,
            Width = output.Width,
            StepH = window.Stride.Height * input.Row,
            StepW = window.Stride.Width * input.PaddedChannels,
            KernelH = window.Kernel.Height,
            RunCount = input.IsDense ? 1 : window.Kernel.Width,
            RunLength = input.IsDense ? length : input.Shape.Channels,
            RunStep = input.PaddedChannels,
            InRow = input.Row,
            OutRow = _map.Row,
        });
        _weightFloats += _layers[^1].Floats;
        MultiplyAdds += (long)window.Kernel.Height * length * paddedChannels * output.Height * output.Width;
        return true;
    }

    private void AddPool(FusedStep step, ChainPool windows, FusedStep? reader)
    {
        ChainMap input = _map;
        _map = Place(step.OutputShape, input.PaddedChannels, reader);
        _stages.Add(With(windows, step.OutputShape.Width, input.PaddedChannels) with
        {
            Kind = ChainStageKind.Pool,
            Input = input.First,
            Output = _map.First,
            Height = step.OutputShape.Height,
            StepH = windows.Stride.Height * input.Row,
            InRow = input.Row,
            OutRow = _map.Row,
        });
    }

    private void AddSoftmax(FusedStep step)
    {
        ChainMap input = _map;
        _map = Place(step.OutputShape, step.OutputShape.Channels, null);
        _stages.Add(new ChainStage { Kind = ChainStageKind.Softmax, Input = input.First, Output = _map.First, Channels = step.OutputShape.Channels });
    }

    /// <summary>The part of a stage that pools rows of a map.</summary>
    private static ChainStage With(ChainPool? windows, int width, int paddedChannels) => windows is not { } pool ? new ChainStage { Channels = paddedChannels } : new ChainStage
    {
        PoolH = pool.Kernel.Height,
        PoolW = pool.Kernel.Width,
        PoolStep = pool.Stride.Width * paddedChannels,
        PoolColumns = pool.Columns,
        PoolIsMax = pool.IsMax ? 1 : 0,
        Channels = paddedChannels,
        Width = width,
    };

    /// <summary>Gives a map its place, with the zeros that the step which reads it pads with.</summary>
    private ChainMap Place(Shape shape, int paddedChannels, FusedStep? reader)
    {
        Padding padding = reader is null ? default : FindWindow(reader)?.Padding ?? default;
        var map = new ChainMap(shape, paddedChannels, padding, _elements);
        _elements = map.End;
        _isPadded |= !padding.IsNone;
        return map;
    }

    /// <summary>A step as a window that sums; null where it is none that chains compute.</summary>
    private static ChainWindow? FindWindow(FusedStep step) => step.Activation.HasSlopes ? null : step.Layer switch
    {
        Convolution2D { Groups: 1 } layer when layer.Dilation == 1 =>
            new ChainWindow(layer.Kernel, layer.Stride, layer.Window.ResolvePadding(step.InputShapes[0])),
        FullyConnected => new ChainWindow(new Extent2D(step.InputShapes[0].Height, step.InputShapes[0].Width), 1, default),
        _ => null,
    };

    /// <summary>A step as a pooling of windows that lie inside the image; null where it is none.</summary>
    private static ChainPool? PoolOf(FusedStep step)
    {
        (Shape input, Shape output) = (step.InputShapes[0], step.OutputShape);
        return step.Activation != Activation.None ? null : step.Layer switch
        {
            Pool2D layer when layer.Window.Dilation == 1 && layer.Window.ResolvePadding(input).IsNone
                && ((output.Height - 1) * layer.Stride.Height) + layer.Kernel.Height <= input.Height
                && ((output.Width - 1) * layer.Stride.Width) + layer.Kernel.Width <= input.Width
                && layer.Kind is PoolKind.Max or PoolKind.Average => new ChainPool(layer.Kernel, layer.Stride, output.Width, layer.Kind == PoolKind.Max),
            _ => null,
        };
    }

    /// <summary>A window that sums move by.</summary>
    private readonly record struct ChainWindow(Extent2D Kernel, Extent2D Stride, Padding Padding);

    /// <summary>A window that pools.</summary>
    private readonly record struct ChainPool(Extent2D Kernel, Extent2D Stride, int Columns, bool IsMax)
    {
        /// <summary>True where a row of sums is in the windows of one row only.</summary>
        public bool SharesNoRows => Kernel.Height == Stride.Height;
    }
}
