namespace Convoy.Backends.Native;

/// <summary>A region with its weights packed: its operators run one after the other.</summary>
/// <param name="team">The threads.</param>
/// <param name="operators">The operators.</param>
/// <param name="isConcat">Whether each operator reads an input of its own.</param>
/// <param name="choice">Why the algorithm was chosen, where there are several.</param>
internal sealed class PreparedNativeRegion(ThreadTeam team, NativeOperator[] operators, bool isConcat, string? choice) : IPreparedRegion
{
    public string Algorithm => operators[0].Algorithm;

    public string? Choice => choice;

    public long PackedBytes => operators.Sum(each => each.PackedBytes);

    public Layout InputLayout { get; init; } = LayoutOf(operators[0].Plan.InputLayout);

    public Layout OutputLayout { get; init; } = Layout.Nhwc;

    public bool ReadsSource => operators.Length == 1;

    public long WorkItems => operators.Sum(each => each.Plan.WorkItems);

    public long GetWorkspaceBytes(int images) => (long)operators.Max(each => each.Plan.WorkspaceBytes);

    public long GetScratchBytes(int images) => (long)operators.Max(each => each.Plan.ScratchBytes);

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

    private static Layout LayoutOf(NativeLayout layout) => layout switch
    {
        NativeLayout.Nchw => Layout.Nchw,
        NativeLayout.Nhwc => Layout.Nhwc,
        _ => throw new BackendException($"The native backend does not know the layout {layout}."),
    };

    private void Run(in RegionContext context, BufferArgument source)
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
