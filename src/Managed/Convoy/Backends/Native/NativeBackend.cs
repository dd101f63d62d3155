using Convoy.Graph;
using Convoy.Layers;
using Convoy.Tensors;

namespace Convoy.Backends.Native;

/// <summary>The C library on the processor's cores: cache-blocked kernels in C, threads in managed code.</summary>
public sealed class NativeBackend : IBackend
{
    private const long GroupBytes = 32 << 20;

    // Groups are multiples of it, as the library's own rounds are: work of whole images then divides among a few threads.
    private const int UnitImages = 4;

    private readonly ThreadTeam _team;
    private readonly NativeChoices _choices;

    /// <summary>Starts the threads.</summary>
    /// <param name="threads">How many; 0 takes as many as the process may use.</param>
    /// <param name="isa">The instruction set of the kernels.</param>
    /// <exception cref="BackendException">The C library cannot be used, or this CPU lacks the instruction set.</exception>
    public NativeBackend(int threads = 0, InstructionSet isa = InstructionSet.Auto)
        : this(threads, new NativeChoices(isa))
    {
    }

    internal NativeBackend(int threads, NativeChoices choices)
    {
        InstructionSet isa = choices.Isa;
        NativeLibraryState.ThrowIfUnavailable();
        if (isa != InstructionSet.Auto && !NativeLibraryState.Supports(isa))
        {
            throw new BackendException($"This CPU, or this build of the native library, has no {NativeLibraryState.NameOf(isa)} kernels; use 'auto'.");
        }

        _team = new ThreadTeam(threads);
        _choices = choices with { Threads = _team.Size };
    }

    /// <inheritdoc/>
    public string Name => "native";

    /// <inheritdoc/>
    public int Threads => _team.Size;

    /// <inheritdoc/>
    public int BatchesInFlight => 1;

    /// <inheritdoc/>
    public int ElementBytes => sizeof(float);

    /// <summary>Channels last, so that kernels vectorise over them and a kernel row's inputs are contiguous.</summary>
    public Layout PreferredLayout => Layout.Nhwc;

    /// <summary>
    /// So many that what a step reads and writes stays in a last-level cache; parts of about equal size. A convolution and its
    /// pooling count as two steps even where they are one: that depends on the threads, and the answer, which convolutions
    /// are planned for, must not.
    /// </summary>
    public int CountImagesTogether(ReadOnlySpan<FusedStep> steps, int batch)
    {
        long largest = 1;
        foreach (FusedStep step in steps)
        {
            long layer = step.InputShapes.Sum(shape => shape.Count) + step.UnpooledShape.Count;
            long pool = step.Pool is null ? 0 : step.UnpooledShape.Count + step.OutputShape.Count;
            largest = Math.Max(largest, Math.Max(layer, pool) * sizeof(float));
        }

        long groups = Math.Clamp(((largest * batch) + GroupBytes - 1) / GroupBytes, 1, batch);
        long images = (batch + groups - 1) / groups;
        return (int)Math.Min(batch, (images + UnitImages - 1) / UnitImages * UnitImages);
    }

    /// <summary>
    /// Where Winograd's algorithm is planned, and an image's share of it stays in a cache until it is pooled; not where the
    /// two layers make a chain.
    /// </summary>
    public bool TakesPool(FusedStep convolution, Pool2D pool, int batch)
    {
        ArgumentNullException.ThrowIfNull(convolution);
        ArgumentNullException.ThrowIfNull(pool);
        Shape output = pool.InferShape([convolution.OutputShape]);
        FusedStep alone = convolution with { Layer = pool, Activation = Activation.None, InputShapes = [convolution.OutputShape], OutputShape = output };
        return CountChain([convolution, alone], batch) == 0
            && ConvolutionPlanning.TakesPool(convolution with { Pool = pool, OutputShape = output }, batch, _choices);
    }

    /// <inheritdoc/>
    public IStep Prepare(FusedStep step, StepWeights weights, int batch)
    {
        ArgumentNullException.ThrowIfNull(step);
        return NativeStep.Create(_team, _choices, step, weights, batch);
    }

    /// <summary>Chains are small networks in single precision; whoever asks for an algorithm or a precision gets it, step by step.</summary>
    public int CountChain(ReadOnlySpan<FusedStep> run, int batch) =>
        _choices.Convolution == ConvolutionAlgorithm.Auto && _choices.Precision == WeightPrecision.Float32
            ? ChainPlanning.CountLayers(run, batch, _choices.Isa)
            : 0;

    /// <inheritdoc/>
    public IStep PrepareChain(ReadOnlySpan<FusedStep> steps, ReadOnlySpan<StepWeights> weights, int batch)
    {
        NativePlan plan = ChainPlanning.Plan(steps, batch, _choices.Isa);
        using var all = new ChainWeights(steps, weights, plan);
        return new NativeStep(_team, [new NativeOperator(steps[0].Name, plan, all.Kernels, all.Biases)], isConcat: false, Layout.Nhwc, Layout.Nhwc);
    }

    /// <inheritdoc/>
    public IStep PrepareTransform(Shape shape, Layout from, Layout to, int batch) =>
        new NativeStep(_team, [Transfer("transform", shape, from, to, batch)], isConcat: false, from, to);

    /// <inheritdoc/>
    public IBatchEntry PrepareEntry(Shape shape, Layout to, PixelNormalization? normalization, int batch)
    {
        NativeOperator floats = Transfer("input", shape, Layout.Nchw, to, batch);
        try
        {
            return new NativeEntry(_team, floats, normalization is null ? null : Normalizer(shape, to, normalization, batch));
        }
        catch
        {
            floats.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public IBatchExit PrepareExit(Shape shape, Layout from, int batch) =>
        new NativeExit(_team, Transfer("output", shape, from, Layout.Nchw, batch), Layouts.Agree(from, Layout.Nchw, shape));

    /// <inheritdoc/>
    public IArena CreateArena(long bytes, long scratchBytes) => new NativeArena(bytes, scratchBytes, Threads);

    /// <summary>Ends the threads. Nothing prepared here may be running.</summary>
    public void Dispose() => _team.Dispose();

    private NativeOperator Transfer(string name, Shape shape, Layout from, Layout to, int batch)
    {
        NativeTransformKind kind = to == Layout.Nhwc ? NativeTransformKind.NchwToNhwc : NativeTransformKind.NhwcToNchw;
        NativePlan plan = Layouts.Agree(from, to, shape)
            ? NativePlanning.PlanElementwise(name, NativeElementwiseKind.Activation, Activation.None, shape, batch, _choices.Isa)
            : NativePlanning.PlanTransform(name, kind, shape, batch, _choices.Isa);
        return new NativeOperator(name, plan, [], []);
    }

    private NativeOperator Normalizer(Shape shape, Layout to, PixelNormalization normalization, int batch)
    {
        if (!Layouts.Agree(to, Layout.Nhwc, shape))
        {
            throw new BackendException("The native backend brings bytes in as NHWC only.");
        }

        NativePlan plan = NativePlanning.PlanTransform("input", NativeTransformKind.BytesToFloats, shape, batch, _choices.Isa);
        float[] scaleThenShift = [.. normalization.Scale, .. normalization.Shift];
        return new NativeOperator("input", plan, [], scaleThenShift);
    }
}
