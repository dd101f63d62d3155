namespace Convoy.Backends.Native;

/// <summary>The C library on the processor's cores: cache-blocked kernels in C, threads in managed code.</summary>
internal sealed class NativeBackend : IBackend
{
    private readonly ThreadTeam _team;
    private readonly NativeOptions _options;

    /// <summary>Starts the threads.</summary>
    /// <param name="threads">How many; 0 takes as many as the process may use.</param>
    /// <param name="isa">The instruction set of the kernels.</param>
    /// <exception cref="BackendException">The C library cannot be used, or this CPU lacks the instruction set.</exception>
    public NativeBackend(int threads = 0, InstructionSet isa = InstructionSet.Auto)
        : this(threads, new NativeOptions(isa))
    {
    }

    internal NativeBackend(int threads, NativeOptions options)
    {
        InstructionSet isa = options.Isa;
        NativeLibraryState.ThrowIfUnavailable();
        if (isa != InstructionSet.Auto && !NativeLibraryState.Supports(isa))
        {
            throw new BackendException($"This CPU, or this build of the native library, has no {NativeLibraryState.NameOf(isa)} kernels; use 'auto'.");
        }

        _team = new ThreadTeam(threads);
        _options = options with { Threads = _team.Size };
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

    /// <inheritdoc/>
    public ImmutableArray<IRegion> Partition(StepGraph graph, int batch) => NativePartition.Create(graph, batch, _team, _options);

    /// <inheritdoc/>
    public IPreparedRegion PrepareTransform(Shape shape, Layout from, Layout to, int images) =>
        new PreparedNativeRegion(_team, [Transfer("transform", shape, from, to, images)], choice: null) { InputLayout = from, OutputLayout = to };

    /// <inheritdoc/>
    public IBatchEntry PrepareEntry(Shape shape, Layout to, PixelNormalization? normalization, int images)
    {
        NativeOperator floats = Transfer("input", shape, Layout.Nchw, to, images);
        try
        {
            return new NativeEntry(_team, floats, normalization is null ? null : Normalizer(shape, to, normalization, images));
        }
        catch
        {
            floats.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public IBatchExit PrepareExit(Shape shape, Layout from, int images) =>
        new NativeExit(_team, Transfer("output", shape, from, Layout.Nchw, images), Layouts.Agree(from, Layout.Nchw, shape));

    /// <inheritdoc/>
    public string? FindExcess(in MemoryNeeds needs) => NativeArena.FindExcess(needs.Arena);

    /// <inheritdoc/>
    public IArena CreateArena(long bytes, long scratchBytes) => new NativeArena(bytes, scratchBytes, Threads);

    /// <summary>Ends the threads. Nothing prepared here may be running.</summary>
    public void Dispose() => _team.Dispose();

    private NativeOperator Transfer(string name, Shape shape, Layout from, Layout to, int batch)
    {
        NativePlan plan = Layouts.Agree(from, to, shape)
            ? CopyOperators.PlanRearrangement(name, Rearrangement.Between(shape, Layout.Nhwc, Layout.Nhwc), batch, _options.Isa)
            : CopyOperators.PlanTransform(name, TransformOf(from, to), shape, batch, _options.Isa);
        return new NativeOperator(name, plan, [], []);
    }

    private static NativeTransformKind TransformOf(Layout from, Layout to) => (from, to) switch
    {
        (Layout.Nchw, Layout.Nhwc) => NativeTransformKind.NchwToNhwc,
        (Layout.Nhwc, Layout.Nchw) => NativeTransformKind.NhwcToNchw,
        _ => throw new BackendException($"The native backend does not know how to change the layout {from} to {to}."),
    };

    private NativeOperator Normalizer(Shape shape, Layout to, PixelNormalization normalization, int batch)
    {
        if (!Layouts.Agree(to, Layout.Nhwc, shape))
        {
            throw new BackendException("The native backend brings bytes in as NHWC only.");
        }

        NativePlan plan = CopyOperators.PlanTransform("input", NativeTransformKind.BytesToFloats, shape, batch, _options.Isa);
        float[] scaleThenShift = [.. normalization.Scale, .. normalization.Shift];
        return new NativeOperator("input", plan, [], scaleThenShift);
    }
}
