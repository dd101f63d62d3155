using Convoy.Memory;

namespace Convoy.Backends.Native;

/// <summary>
/// One planned operator of the C library with its packed weights: runs its work items on a team. One run at a time.
/// </summary>
internal sealed class NativeOperator : IRangeJob, IDisposable
{
    private readonly string _step;
    private readonly PooledBuffer<byte>? _packed;
    private readonly PooledBuffer<float>? _bias;
    private readonly PooledBuffer<float>? _slopes;
    private readonly int _weightBits;
    private NativePlan _plan;
    private RunArguments _arguments = new();
    private NativeArena? _arena;
    private WorkRecord? _record;
    private int _phase;
    private int _failure;
    private readonly long[] _items;
    private int _counted;

    /// <summary>Packs the weights; all spans may be empty and are not needed afterwards.</summary>
    public NativeOperator(
        string step, in NativePlan plan, ReadOnlySpan<float> weights, ReadOnlySpan<float> bias, ReadOnlySpan<float> slopes = default)
    {
        _step = step;
        _plan = plan;
        _items = new long[plan.Phases];
        try
        {
            if (plan.PackedBytes > 0)
            {
                _packed = NativeMemoryPool.Shared.Rent<byte>((long)plan.PackedBytes);
                HugePages.Ask(_packed.Address, _packed.Length);
                NativeMethods.Pack(plan, weights, (ulong)weights.Length, _packed.Address, plan.PackedBytes).ThrowIfFailed("pack the weights of", step);
                NativeMethods.GetPackedBits(plan, _packed.Address, plan.PackedBytes, out _weightBits).ThrowIfFailed("look at the weights of", step);
            }

            _bias = Copy(bias);
            _slopes = Copy(slopes);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The plan as the library made it.</summary>
    public ref readonly NativePlan Plan => ref _plan;

    /// <summary>Bytes of packed weights, bias and slopes, as a run reads them: coded weights leave some of their room empty.</summary>
    public long PackedBytes =>
        (IsExponentCoded ? CodedBytes : _packed?.Length ?? 0)
        + (((_bias?.Length ?? 0) + (_slopes?.Length ?? 0)) * (long)sizeof(float));

    private bool IsExponentCoded => _weightBits == NativeLibraryState.ExponentCodedBits;

    private long CodedBytes => (long)_plan.WeightCount * _weightBits / 8;

    /// <summary>How it computes, as tables show it: "winograd-8 (avx512)", "direct, 16-bit weights (avx2)", "direct, exponent-coded fp32 (avx2)".</summary>
    public string Algorithm =>
        $"{_plan.AlgorithmName}{DescribeWeights()} ({NativeLibraryState.NameOf(_plan.Isa)})";

    /// <summary>Bytes of the input, and of the output, of so many images.</summary>
    public ulong InputBytes(int images) => _plan.InputImageBytes * (ulong)images;

    /// <summary>Bytes of the second input of so many images.</summary>
    public ulong Input2Bytes(int images) => _plan.Input2ImageBytes * (ulong)images;

    /// <summary>Bytes of the output of so many images.</summary>
    public ulong OutputBytes(int images) => _plan.OutputImageBytes * (ulong)images;

    /// <summary>Runs all work items of so many images; returns early, the output unfinished, when asked to stop.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="context">The run.</param>
    /// <param name="purpose">What the time is reported to be spent on.</param>
    /// <param name="input">The input.</param>
    /// <param name="output">The output.</param>
    /// <param name="input2">The second input, of operators that have one.</param>
    public void Run(
        ThreadTeam team,
        in RegionContext context,
        Phase purpose,
        BufferArgument input,
        BufferArgument output,
        BufferArgument input2 = default)
    {
        CountItems(context.Images);
        _arena = (NativeArena)context.Arena;
        _arguments.Images = context.Images;
        _arguments.Input = input;
        _arguments.Input2 = input2;
        _arguments.Output = output;
        _arguments.Packed = _packed is null ? default : new BufferArgument(_packed.Address, (ulong)_packed.Length);
        _arguments.Bias = ToArgument(_bias);
        _arguments.Slopes = ToArgument(_slopes);
        _arguments.Workspace = _plan.WorkspaceBytes == 0 ? default : _arena.Slice(context.Workspace, _plan.WorkspaceBytes);
        for (_phase = 0; _phase < _plan.Phases && !context.Stop.IsRequested; _phase++)
        {
            _failure = 0;
            if (context.Listener is null)
            {
                team.Run(this, _items[_phase], context.Stop);
            }
            else
            {
                RunTimed(team, context, purpose);
            }

            ((NativeStatus)_failure).ThrowIfFailed("run", _step);
        }
    }

    public void Execute(int thread, long first, long end)
    {
        RunArguments arguments = _arguments;
        arguments.Scratch = _arena!.Scratch(thread);
        NativeStatus status = NativeMethods.Run(_plan, arguments, _phase, first, end);
        if (status != NativeStatus.Ok)
        {
            Interlocked.CompareExchange(ref _failure, (int)status, 0);
        }
    }

    public void Dispose()
    {
        _packed?.Dispose();
        _bias?.Dispose();
        _slopes?.Dispose();
    }

    private string DescribeWeights() =>
        _weightBits is 0 or >= 32 ? ""
        : _weightBits == NativeLibraryState.ExponentCodedBits ? ", exponent-coded fp32"
        : $", {_weightBits}-bit weights";

    /// <summary>Runs the current phase, and reports it to the listener.</summary>
    private void RunTimed(ThreadTeam team, in RegionContext context, Phase purpose)
    {
        _record ??= new WorkRecord();
        _record.Events = context.Listener!.CountsEvents ? CountedEvents.Hardware : null;
        var work = new NativeWork();
        NativeMethods.GetPhaseWork(_plan, context.Images, _phase, ref work).ThrowIfFailed("count the work of", _step);
        PhaseTimer timer = PhaseTimer.Start(context, purpose);
        team.Run(this, _items[_phase], context.Stop, _record);
        string? name = work.Kind == NativePhaseKind.Whole ? null : NativeLibraryState.NameOf(work.Kind);
        double weightBytes = IsExponentCoded ? CodedBytes : work.WeightBytes;
        timer.Stop(name, new PhaseWork(work.Operations, work.MapBytes, weightBytes, work.WorkspaceBytes), _record.Take(), _record.Counts);
    }

    private static BufferArgument ToArgument(PooledBuffer<float>? floats) =>
        floats is null ? default : new BufferArgument(floats.Address, (ulong)floats.Length * sizeof(float));

    private static PooledBuffer<float>? Copy(ReadOnlySpan<float> floats)
    {
        if (floats.IsEmpty)
        {
            return null;
        }

        PooledBuffer<float> copy = NativeMemoryPool.Shared.Rent<float>(floats.Length);
        floats.CopyTo(copy.Span);
        return copy;
    }

    /// <summary>Runs are mostly of one size: the library is asked again only when it changes.</summary>
    private void CountItems(int images)
    {
        if (images == _counted)
        {
            return;
        }

        _counted = 0;
        for (int phase = 0; phase < _items.Length; phase++)
        {
            NativeMethods.GetWorkItems(_plan, images, phase, out _items[phase]).ThrowIfFailed("divide the work of", _step);
        }

        _counted = images;
    }
}
