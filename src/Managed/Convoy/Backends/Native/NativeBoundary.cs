namespace Convoy.Backends.Native;

/// <summary>Brings the caller's images into the arena, changing layout or normalising bytes in the same pass.</summary>
internal sealed class NativeEntry(ThreadTeam team, NativeOperator floats, NativeOperator? bytes) : IBatchEntry
{
    public long ScratchBytes => (long)Math.Max(floats.Plan.ScratchBytes, bytes?.Plan.ScratchBytes ?? 0);

    public unsafe void Run(ReadOnlySpan<float> images, in RegionContext context)
    {
        fixed (float* data = images)
        {
            Run(floats, new BufferArgument((nint)data, (ulong)images.Length * sizeof(float)), context);
        }
    }

    public unsafe void Run(ReadOnlySpan<byte> images, in RegionContext context)
    {
        NativeOperator convert = bytes
            ?? throw new InvalidOperationException("No normalisation was given when this entry was prepared.");
        fixed (byte* data = images)
        {
            Run(convert, new BufferArgument((nint)data, (ulong)images.Length), context);
        }
    }

    public void Dispose()
    {
        floats.Dispose();
        bytes?.Dispose();
    }

    private void Run(NativeOperator convert, BufferArgument input, in RegionContext context)
    {
        var arena = (NativeArena)context.Arena;
        convert.Run(team, context, Phase.Upload, input, arena.Slice(context.Output, convert.OutputBytes(context.Images)));
    }
}

/// <summary>Copies the last value to the caller's memory, in the caller's layout.</summary>
internal sealed class NativeExit(ThreadTeam team, NativeOperator copy, bool keepsLayout) : IBatchExit
{
    // Fewer scores than these are copied sooner than handed to a team.
    private const int FewScores = 16 * 1024;

    public long ScratchBytes => (long)copy.Plan.ScratchBytes;

    public void Begin(in RegionContext context)
    {
    }

    public unsafe void Complete(Span<float> scores, in RegionContext context)
    {
        var arena = (NativeArena)context.Arena;
        if (keepsLayout && scores.Length <= FewScores)
        {
            PhaseTimer timer = PhaseTimer.Start(context, Phase.Download);
            arena.SliceSpan(context.Inputs[0], scores.Length).CopyTo(scores);
            timer.Stop(work: new PhaseWork(0, 2.0 * scores.Length * sizeof(float), 0, 0));
            return;
        }

        fixed (float* data = scores)
        {
            copy.Run(
                team,
                context,
                Phase.Download,
                arena.Slice(context.Inputs[0], copy.InputBytes(context.Images)),
                new BufferArgument((nint)data, (ulong)scores.Length * sizeof(float)));
        }
    }

    public void Dispose() => copy.Dispose();
}
