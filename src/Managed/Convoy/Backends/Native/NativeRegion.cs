using Convoy.Layers;

namespace Convoy.Backends.Native;

/// <summary>
/// Steps that operators of the C library compute: one operator, or for a concatenation one for each input that was not put in
/// its place before.
/// </summary>
/// <param name="team">The threads.</param>
/// <param name="options">What the session settled.</param>
/// <param name="steps">The steps.</param>
/// <param name="plans">The operators, planned.</param>
/// <param name="microBatch">Images at a time.</param>
internal sealed class NativeRegion(
    ThreadTeam team, NativeOptions options, ImmutableArray<FusedStep> steps, ImmutableArray<NativePlan> plans, int microBatch) : IRegion
{
    public ImmutableArray<FusedStep> Steps => steps;

    public int MicroBatch => microBatch;

    public ImmutableArray<int> Inputs { get; init; } = steps[0].Inputs;

    public int Output { get; init; } = steps[^1].Output;

    /// <summary>The operators, planned.</summary>
    public ImmutableArray<NativePlan> Plans { get; } = plans;

    /// <summary>Why the algorithm was chosen, where there are several.</summary>
    public string? Choice { get; init; }

    public double? ErrorBound { get; init; }

    public IPreparedRegion Prepare(ReadOnlySpan<StepWeights> weights)
    {
        var operators = new List<NativeOperator>();
        try
        {
            foreach (NativePlan plan in Plans)
            {
                operators.Add(plan.Algorithm == NativeAlgorithm.Lanes ? Chain(plan, weights) : Single(plan, weights));
            }
        }
        catch
        {
            operators.ForEach(each => each.Dispose());
            throw;
        }

        return new PreparedNativeRegion(team, [.. operators], Choice)
        {
            InputLayout = steps[0].Layer is Transpose ? CopyOperators.LayoutOf(steps[0], options) : PreparedNativeRegion.LayoutOf(Plans.IsEmpty ? NativeLayout.Nhwc : Plans[0].InputLayout),
            FirstInput = steps[0].Layer is Binary ? BinaryOperands.Of(steps[0].InputShapes[0], steps[0].InputShapes[1]).Whole : 0,
        };
    }

    /// <summary>
    /// Of several steps only the first has weights, and one the slopes of the activation; an operator's constants take the place
    /// of the bias.
    /// </summary>
    private NativeOperator Single(in NativePlan plan, ReadOnlySpan<StepWeights> all)
    {
        StepWeights weights = all[0];
        ReadOnlyMemory<float> slopes = weights.Slopes.IsEmpty ? all[^1].Slopes : weights.Slopes;
        if (steps[0].Layer is FullyConnected)
        {
            WeightRange.ThrowIfExceeded(steps[0], weights.Kernel.Span, options.Precision);
        }

        ReadOnlySpan<float> bias = steps[0].Layer is BinaryConstant layer ? layer.Constant.AsSpan() : weights.Bias.Span;
        return new NativeOperator(steps[0].Name, plan, weights.Kernel.Span, bias, slopes.Span);
    }

    private NativeOperator Chain(in NativePlan plan, ReadOnlySpan<StepWeights> weights)
    {
        using var all = new ChainWeights(steps.AsSpan(), weights, plan);
        return new NativeOperator(steps[0].Name, plan, all.Kernels, all.Biases);
    }
}
