using Convoy.Graph;
using Convoy.Tensors;

namespace Convoy.Backends.Native;

/// <summary>
/// A convolution with pooling behind it: one operator that does both, or two, with the map between them in the workspace
/// behind the convolution's own.
/// </summary>
internal sealed class PooledStep : IStep
{
    private const long Alignment = 64;

    private readonly ThreadTeam _team;
    private readonly NativeOperator _convolution;
    private readonly NativeOperator? _pool;

    private PooledStep(ThreadTeam team, NativeOperator convolution, NativeOperator? pool, string? choice)
    {
        _team = team;
        _convolution = convolution;
        _pool = pool;
        Choice = choice;
    }

    public string Algorithm => _pool is null ? _convolution.Algorithm : $"{_convolution.Algorithm}, pool apart";

    public string? Choice { get; }

    public long PackedBytes => _convolution.PackedBytes;

    public Layout InputLayout => _convolution.Plan.InputLayout == NativeLayout.Nchw ? Layout.Nchw : Layout.Nhwc;

    public Layout OutputLayout => Layout.Nhwc;

    public bool ReadsSource => true;

    public long WorkItems => _convolution.Plan.WorkItems + (_pool?.Plan.WorkItems ?? 0);

    private long MapOffset => ((long)_convolution.Plan.WorkspaceBytes + Alignment - 1) / Alignment * Alignment;

    public static PooledStep Create(ThreadTeam team, in NativeChoices choices, FusedStep step, StepWeights weights, int batch)
    {
        NativePlan[] plans = NativePlanning.Plan(step, batch, choices, out string? choice);
        var convolution = new NativeOperator(step.Name, plans[0], weights.Kernel.Span, weights.Bias.Span);
        NativeOperator? pool = plans.Length == 1 ? null : new NativeOperator(step.Name, plans[1], [], []);
        return new PooledStep(team, convolution, pool, choice);
    }

    public long GetScratchBytes(int batch) => (long)Math.Max(_convolution.Plan.ScratchBytes, _pool?.Plan.ScratchBytes ?? 0);

    public long GetWorkspaceBytes(int batch) => _pool is null
        ? (long)_convolution.Plan.WorkspaceBytes
        : MapOffset + (long)_convolution.OutputBytes(Math.Min(batch, _convolution.Plan.Batch));

    public unsafe void Run(in StepContext context)
    {
        fixed (float* source = context.Source)
        {
            Run(context, new BufferArgument((nint)source, (ulong)context.Source.Length * sizeof(float)));
        }
    }

    public void Dispose()
    {
        _convolution.Dispose();
        _pool?.Dispose();
    }

    private void Run(in StepContext context, BufferArgument source)
    {
        var arena = (NativeArena)context.Arena;
        PhaseTimer timer = PhaseTimer.Start(context);
        BufferArgument input = source.Bytes > 0 ? source : arena.Slice(context.Inputs[0], _convolution.InputBytes(context.Images));
        if (_pool is null)
        {
            _convolution.Run(_team, context, input, arena.Slice(context.Output, _convolution.OutputBytes(context.Images)));
        }
        else
        {
            BufferArgument map = arena.Slice(context.Workspace + MapOffset, _convolution.OutputBytes(context.Images));
            _convolution.Run(_team, context, input, map);
            _pool.Run(_team, context, map, arena.Slice(context.Output, _pool.OutputBytes(context.Images)));
        }

        timer.Stop(Phase.Compute);
    }
}
