using Convoy.Graph;
using Convoy.Layers;
using Convoy.Tensors;

namespace Convoy.Backends.Native;

/// <summary>A step computed by one operator of the C library, or for a concatenation by one for each input.</summary>
internal sealed class NativeStep(
    ThreadTeam team, NativeOperator[] operators, bool isConcat, Layout inputLayout, Layout outputLayout, string? choice = null) : IStep
{
    public string Algorithm => operators[0].Algorithm;

    public string? Choice => choice;

    public long PackedBytes => operators.Sum(each => each.PackedBytes);

    public long GetWorkspaceBytes(int batch) => (long)operators.Max(each => each.Plan.WorkspaceBytes);

    public Layout InputLayout => inputLayout;

    public Layout OutputLayout => outputLayout;

    public bool ReadsSource => operators.Length == 1;

    public long WorkItems => operators.Sum(each => each.Plan.WorkItems);

    /// <summary>Plans a step and packs its weights.</summary>
    public static IStep Create(ThreadTeam team, in NativeChoices choices, FusedStep step, StepWeights weights, int batch)
    {
        NativePlan[] plans = NativePlanning.Plan(step, batch, choices, out string? choice);
        var operators = new List<NativeOperator>();
        try
        {
            foreach (NativePlan plan in plans)
            {
                // Pooling behind a convolution has no weights, nor have a concatenation's plans.
                StepWeights own = operators.Count == 0 ? weights : default;
                operators.Add(new NativeOperator(step.Name, plan, own.Kernel.Span, own.Bias.Span));
            }
        }
        catch
        {
            operators.ForEach(each => each.Dispose());
            throw;
        }

        Layout inputLayout = operators[0].Plan.InputLayout == NativeLayout.Nchw ? Layout.Nchw : Layout.Nhwc;
        return step.Pool is not null && operators is [NativeOperator convolution, NativeOperator pool]
            ? new PooledStep(team, convolution, pool, inputLayout, choice)
            : new NativeStep(team, [.. operators], step.Layer is Concat, inputLayout, Layout.Nhwc, choice);
    }

    public long GetScratchBytes(int batch) => (long)operators.Max(each => each.Plan.ScratchBytes);

    public unsafe void Run(in StepContext context)
    {
        fixed (float* source = context.Source)
        {
            Run(context, new BufferArgument((nint)source, (ulong)context.Source.Length * sizeof(float)));
        }
    }

    public void Dispose()
    {
        foreach (NativeOperator each in operators)
        {
            each.Dispose();
        }
    }

    private void Run(in StepContext context, BufferArgument source)
    {
        var arena = (NativeArena)context.Arena;
        PhaseTimer timer = PhaseTimer.Start(context);
        for (int i = 0; i < operators.Length; i++)
        {
            NativeOperator each = operators[i];
            BufferArgument input = source.Bytes > 0 ? source : arena.Slice(context.Inputs[i], each.InputBytes(context.Images));
            BufferArgument input2 = !isConcat && context.Inputs.Length > 1
                ? arena.Slice(context.Inputs[1], each.InputBytes(context.Images))
                : default;
            each.Run(team, context, input, arena.Slice(context.Output, each.OutputBytes(context.Images)), input2);
        }

        timer.Stop(Phase.Compute);
    }
}
