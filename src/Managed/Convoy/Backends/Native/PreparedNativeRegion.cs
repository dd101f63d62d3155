namespace Convoy.Backends.Native;

/// <summary>A region with its weights packed: its operators run one after the other.</summary>
/// <param name="team">The threads.</param>
/// <param name="operators">The operators.</param>
/// <param name="choice">Why the algorithm was chosen, where there are several.</param>
internal sealed class PreparedNativeRegion(ThreadTeam team, NativeOperator[] operators, string? choice) : IPreparedRegion
{
    /// <summary>Which of the step's inputs is an operator's first; those of a concatenation each have one of their own.</summary>
    public int FirstInput { get; init; }

    public string Algorithm => operators.Length == 0 ? "in place" : operators[0].Algorithm;

    public string? Choice => choice;

    public long PackedBytes => operators.Sum(each => each.PackedBytes);

    public required Layout InputLayout { get; init; }

    public Layout OutputLayout { get; init; } = Layout.Nhwc;

    public bool ReadsSource => operators.Length == 1;

    public long WorkItems => operators.Sum(each => each.Plan.WorkItems);

    public long GetWorkspaceBytes(int images) => operators.Select(each => (long)each.Plan.WorkspaceBytes).DefaultIfEmpty().Max();

    public long GetScratchBytes(int images) => operators.Select(each => (long)each.Plan.ScratchBytes).DefaultIfEmpty().Max();

    public unsafe void Run(in RegionContext context)
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

    /// <summary>A layout as the library has it.</summary>
    public static Layout LayoutOf(NativeLayout layout) => layout switch
    {
        NativeLayout.Nchw => Layout.Nchw,
        NativeLayout.Nhwc => Layout.Nhwc,
        _ => throw new BackendException($"The native backend does not know the layout {layout}."),
    };

    private void Run(in RegionContext context, BufferArgument source)
    {
        var arena = (NativeArena)context.Arena;
        for (int i = 0; i < operators.Length; i++)
        {
            NativeOperator each = operators[i];
            BufferArgument input = source.Bytes > 0 ? source : arena.Slice(context.Inputs[FirstInput + i], each.InputBytes(context.Images));
            BufferArgument input2 = each.Plan.Input2ImageBytes > 0
                ? arena.Slice(context.Inputs[1 - FirstInput], each.Input2Bytes(context.Images))
                : default;
            each.Run(team, context, Phase.Compute, input, arena.Slice(context.Output, each.OutputBytes(context.Images)), input2);
        }
    }
}
