using Convoy.Backends;
using Convoy.Weights;

namespace Convoy.Runtime;

/// <summary>
/// Everything a session runs: the way in, the compiled regions, the ways out, and the arena they share. Made once; owns all of
/// it. Where a device has no room for a batch as large as asked for it is halved until it fits; the regions, and the weights
/// they packed, are prepared once all the same.
/// </summary>
internal sealed class Schedule : IDisposable
{
    private readonly IBackend _backend;
    private readonly CompiledNetwork _network;
    private readonly PixelNormalization? _normalization;
    private readonly List<IDisposable> _boundary = [];

    private Schedule(CompiledNetwork network, IBackend backend, PixelNormalization? normalization)
    {
        _network = network;
        _backend = backend;
        _normalization = normalization;
    }

    /// <summary>Images at a time: as asked for, or fewer where the device demands it.</summary>
    public int BatchSize { get; private set; }

    /// <summary>The regions, in the order they run.</summary>
    public IReadOnlyList<CompiledRegion> Regions => _network.Regions;

    /// <summary>The values the regions read and write: the shape of an image's, and how it lies.</summary>
    public IReadOnlyList<(Shape Shape, Layout Layout)> Values => _network.Values;

    /// <summary>Where everything lies in the arena.</summary>
    public ArenaLayout Layout { get; private set; } = null!;

    public IBatchEntry Entry { get; private set; } = null!;

    /// <summary>A way out for each of the network's outputs.</summary>
    public ImmutableArray<IBatchExit> Exits { get; private set; }

    /// <summary>The value each way out takes.</summary>
    public ImmutableArray<int> Outputs => _network.Outputs;

    public IArena Arena { get; private set; } = null!;

    /// <summary>Whether the first region reads numbers where the caller has them, so that the way in has nothing to do.</summary>
    public bool ReadsSource => _network.CanReadSource;

    /// <exception cref="BatchTooLargeException">The device has not even room for one image at a time.</exception>
    public static Schedule Create(StepGraph graph, IBackend backend, WeightSet weights, SessionOptions options)
    {
        int batch = FindLargestBatch(graph, options.BatchSize);
        var schedule = new Schedule(CompiledNetwork.Compile(graph, backend, weights, batch, options.Progress), backend, options.Normalization);
        try
        {
            schedule.FitMemory(batch);
            return schedule;
        }
        catch
        {
            schedule.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        DisposeBoundary();
        _network.Dispose();
    }

    /// <summary>Halves a batch until each of its feature maps fits a buffer.</summary>
    private static int FindLargestBatch(StepGraph graph, int batch)
    {
        foreach (Shape shape in graph.Values)
        {
            while ((Int128)shape.Count * batch > int.MaxValue)
            {
                batch = batch > 1 ? batch / 2 : throw new BatchTooLargeException(
                    $"A feature map of {shape} has more than the {int.MaxValue:N0} numbers that fit a buffer; use a smaller image.");
            }
        }

        return batch;
    }

    /// <summary>
    /// Lays memory out for a batch, halved while the device's limits are exceeded. What a driver has left it says only when it
    /// is asked for memory: a refusal then halves the batch too.
    /// </summary>
    private void FitMemory(int batch)
    {
        for (; ; batch /= 2)
        {
            ArenaLayout layout = Plan(batch);
            long scratch = _network.Regions.Select(region => region.Prepared.GetScratchBytes(Math.Min(region.MicroBatch, batch))).DefaultIfEmpty().Max();
            var needs = new MemoryNeeds(
                _network.Values[0].Shape.Count * layout.EntryImages * sizeof(float),
                _network.Outputs.Max(output => _network.Values[output].Shape.Count) * batch * sizeof(float),
                layout.Bytes,
                scratch);
            if (_backend.FindExcess(needs) is not { } excess)
            {
                if (TryAllocate(layout, batch, scratch))
                {
                    return;
                }
            }
            else if (batch == 1)
            {
                throw new BatchTooLargeException(excess);
            }
        }
    }

    private bool TryAllocate(ArenaLayout layout, int batch, long scratchBytes)
    {
        try
        {
            Allocate(layout, batch, scratchBytes);
            return true;
        }
        catch (BatchTooLargeException) when (batch > 1)
        {
            DisposeBoundary();
            return false;
        }
    }

    private ArenaLayout Plan(int batch) => ArenaLayout.Plan(
        [.. _network.Regions.Select(region => new RegionNeeds(region.Inputs, region.Output, region.MicroBatch, region.Prepared.GetWorkspaceBytes(Math.Min(region.MicroBatch, batch))))],
        [.. _network.Values.Select(value => value.Shape.Count * _backend.ElementBytes)],
        _network.Outputs,
        batch);

    private void Allocate(ArenaLayout layout, int batch, long scratchBytes)
    {
        (Shape shape, Layout order) = _network.Values[0];
        Entry = Own(_backend.PrepareEntry(shape, order, _normalization, layout.EntryImages));
        Exits = [.. _network.Outputs.Select(output => Own(_backend.PrepareExit(_network.Values[output].Shape, _network.Values[output].Layout, batch)))];
        Arena = Own(_backend.CreateArena(layout.Bytes, Exits.Select(exit => exit.ScratchBytes).Append(Entry.ScratchBytes).Append(scratchBytes).Max()));
        Layout = layout;
        BatchSize = batch;
    }

    private void DisposeBoundary()
    {
        // In the reverse order of making: what came later may use what came before.
        for (int i = _boundary.Count - 1; i >= 0; i--)
        {
            _boundary[i].Dispose();
        }

        _boundary.Clear();
    }

    private T Own<T>(T resource)
        where T : IDisposable
    {
        _boundary.Add(resource);
        return resource;
    }
}
