using Convoy.Memory;

namespace Convoy.Runtime;

/// <summary>Neighbouring regions that take turns on micro-batches of one size, until the whole batch has passed them all.</summary>
/// <param name="First">The first region.</param>
/// <param name="End">The one behind the last.</param>
/// <param name="Images">Images of a micro-batch.</param>
internal readonly record struct Sweep(int First, int End, int Images);

/// <summary>A region as memory is planned for it.</summary>
/// <param name="Inputs">The values it reads.</param>
/// <param name="Output">The value it writes, alone or with others.</param>
/// <param name="MicroBatch">Images that pass it at a time.</param>
/// <param name="WorkspaceBytes">What its threads share while it runs.</param>
internal readonly record struct RegionNeeds(ImmutableArray<int> Inputs, int Output, int MicroBatch, long WorkspaceBytes);

/// <summary>Where a value lies: its byte offset, and the bytes from an image's to the next where the whole batch has room; 0 where each micro-batch overwrites the last.</summary>
internal readonly record struct ValuePlace(long Offset, long ImageStride);

/// <summary>
/// Lays a batch's memory out: a pure function of who reads what, in micro-batches of which size. A value that only one sweep
/// reads and writes has room for a micro-batch; one that passes from a sweep to another, or to the caller, has room for all.
/// </summary>
internal sealed class ArenaLayout
{
    private ArenaLayout(ImmutableArray<Sweep> sweeps, ImmutableArray<ValuePlace> values, ImmutableArray<long> workspaces, long bytes)
    {
        Sweeps = sweeps;
        Values = values;
        Workspaces = workspaces;
        Bytes = bytes;
    }

    /// <summary>The sweeps, which cover all regions in order.</summary>
    public ImmutableArray<Sweep> Sweeps { get; }

    /// <summary>Where each value lies: the network's input, then what the regions write.</summary>
    public ImmutableArray<ValuePlace> Values { get; }

    /// <summary>How large each value and then each workspace is, and while which regions run it matters: -1 is the way in, one behind the last the way out.</summary>
    public ImmutableArray<BufferLifetime> Lifetimes { get; private init; }

    /// <summary>Where each region's workspace lies.</summary>
    public ImmutableArray<long> Workspaces { get; }

    /// <summary>The size of the arena.</summary>
    public long Bytes { get; }

    /// <summary>Images that enter at a time: a micro-batch of the first sweep where no other reads the input.</summary>
    public int EntryImages { get; private init; }

    /// <summary>Lays out memory.</summary>
    /// <param name="regions">The regions in order.</param>
    /// <param name="imageBytes">The bytes of an image's part of each value.</param>
    /// <param name="outputs">The values that the caller gets.</param>
    /// <param name="batch">The batch size.</param>
    public static ArenaLayout Plan(
        ImmutableArray<RegionNeeds> regions, ImmutableArray<long> imageBytes, ImmutableArray<int> outputs, int batch)
    {
        ImmutableArray<Sweep> sweeps = FindSweeps(regions, batch);
        var buffers = new List<BufferLifetime>();
        var strides = new List<long>();
        for (int value = 0; value < imageBytes.Length; value++)
        {
            // The network's input is written before the first region.
            int[] users = [.. Enumerable.Range(0, regions.Length).Where(region => regions[region].Output == value || regions[region].Inputs.Contains(value))];
            int first = value == 0 ? -1 : users[0];
            Sweep home = SweepOf(sweeps, Math.Max(0, first), batch);
            bool isOutput = outputs.Contains(value);
            bool isWhole = isOutput || users.Any(user => SweepOf(sweeps, user, batch) != home);
            buffers.Add(new BufferLifetime(
                imageBytes[value] * (isWhole ? batch : home.Images),
                isWhole && home.Images < batch ? BeginOf(home) : first,
                isOutput ? regions.Length : users.Select(user => LastUse(user, SweepOf(sweeps, user, batch))).DefaultIfEmpty(first).Max()));
            strides.Add(isWhole ? imageBytes[value] : 0);

            int LastUse(int user, Sweep sweep) => isWhole && sweep.Images < batch ? sweep.End - 1 : user;
        }

        // Behind the values, a workspace for each region: it lives as long as the region runs.
        buffers.AddRange(regions.Select((region, i) => new BufferLifetime(region.WorkspaceBytes, i, i)));
        MemoryPlan plan = MemoryPlanner.Plan([.. buffers]);
        ImmutableArray<ValuePlace> values = [.. strides.Select((stride, value) => new ValuePlace(plan.Offsets[value], stride))];
        return new ArenaLayout(sweeps, values, [.. plan.Offsets.Skip(values.Length)], plan.TotalBytes)
        {
            Lifetimes = [.. buffers],
            EntryImages = strides[0] == 0 ? SweepOf(sweeps, 0, batch).Images : batch,
        };
    }

    private static ImmutableArray<Sweep> FindSweeps(ImmutableArray<RegionNeeds> regions, int batch)
    {
        var sweeps = ImmutableArray.CreateBuilder<Sweep>();
        for (int i = 0; i < regions.Length; i++)
        {
            int images = Math.Min(regions[i].MicroBatch, batch);
            if (sweeps.Count > 0 && sweeps[^1].Images == images)
            {
                sweeps[^1] = sweeps[^1] with { End = i + 1 };
            }
            else
            {
                sweeps.Add(new Sweep(i, i + 1, images));
            }
        }

        return sweeps.ToImmutable();
    }

    private static Sweep SweepOf(ImmutableArray<Sweep> sweeps, int region, int batch) =>
        sweeps.IsEmpty ? new Sweep(0, 0, batch) : sweeps.First(sweep => region < sweep.End);

    /// <summary>What gathers a sweep's micro-batches lasts from the sweep's first region on; of the first sweep, from where the images enter.</summary>
    private static int BeginOf(Sweep sweep) => sweep.First == 0 ? -1 : sweep.First;
}
