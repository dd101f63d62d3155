using Convoy.Backends;
using Convoy.Graph;
using Convoy.Memory;
using Convoy.Tensors;
using Convoy.Weights;

namespace Convoy.Runtime;

/// <summary>
/// Everything a session runs, in order: the way in, the prepared steps with layout transforms where neighbours disagree,
/// the way out, and the arena they share. Made once; owns all of it. Where a device has no room for a batch as large as asked
/// for it is halved until it fits; the steps, and the weights they packed, are prepared once all the same.
/// </summary>
/// <remarks>
/// A batch passes the steps before the first fully connected one in groups, where the backend gains from fewer images at a
/// time; their outputs gather in one value, and the rest, where weights outweigh feature maps, runs on the whole batch.
/// </remarks>
internal sealed class Schedule : IDisposable
{
    private readonly List<IDisposable> _owned = [];
    private readonly List<CompiledStep> _steps = [];
    private readonly List<(Shape Shape, Layout Layout)> _values = [];
    private readonly IBackend _backend;
    private readonly StepParts _parts;
    private int _gathered = -1;

    private Schedule(StepGraph graph, IBackend backend, SessionOptions options)
    {
        _backend = backend;
        BatchSize = options.BatchSize;
        HalveUntilItFits(() => CheckSizes(graph));
        _parts = StepParts.Create(graph, backend, BatchSize, options.AllowChains);
    }

    /// <summary>Images at a time: as asked for, or fewer where the device demands it.</summary>
    public int BatchSize { get; private set; }

    public IReadOnlyList<CompiledStep> Steps => _steps;

    public IBatchEntry Entry { get; private set; } = null!;

    public IBatchExit Exit { get; private set; } = null!;

    public IArena Arena { get; private set; } = null!;

    /// <summary>Images that pass the grouped steps together; the batch size where there are none.</summary>
    public int GroupSize => Math.Min(_parts.GroupSize, BatchSize);

    /// <summary>How many of the steps, from the first on, run group by group.</summary>
    public int GroupedSteps { get; private set; }

    /// <summary>Whether the first step reads numbers where the caller has them, so that the way in has nothing to do.</summary>
    public bool ReadsSource { get; private set; }

    public long EntryOffset { get; private set; }

    public long[] ExitOffsets { get; private set; } = [];

    /// <exception cref="BatchTooLargeException">The device has not even room for one image at a time.</exception>
    public static Schedule Create(StepGraph graph, IBackend backend, WeightSet weights, SessionOptions options)
    {
        var schedule = new Schedule(graph, backend, options);
        try
        {
            int output = schedule.Prepare(graph, weights);
            schedule.HalveUntilItFits(() => schedule.Allocate(output, options.Normalization));
            schedule.ReadsSource = schedule.CanReadSource(output);
            return schedule;
        }
        catch
        {
            schedule.Dispose();
            throw;
        }
    }

    public void Dispose() => DisposeFrom(0);

    private void HalveUntilItFits(Action attempt)
    {
        while (true)
        {
            int made = _owned.Count;
            try
            {
                attempt();
                return;
            }
            catch (BatchTooLargeException) when (BatchSize > 1)
            {
                DisposeFrom(made);
                BatchSize /= 2;
            }
        }
    }

    private void DisposeFrom(int first)
    {
        // In the reverse order of making: what came later may use what came before.
        for (int i = _owned.Count - 1; i >= first; i--)
        {
            _owned[i].Dispose();
        }

        _owned.RemoveRange(first, _owned.Count - first);
    }

    /// <summary>Refuses what cannot fit before the weights are packed.</summary>
    private void CheckSizes(StepGraph graph)
    {
        foreach (StepValue value in graph.Values)
        {
            SizeOf(value.Shape, BatchSize);
        }
    }

    /// <summary>Prepares every step, and answers the number of the value that is the network's output.</summary>
    private int Prepare(StepGraph graph, WeightSet weights)
    {
        // The graph's numbering of values, to ours, which has the transforms' outputs in between.
        var numbers = new int[graph.Values.Length];
        IStep[] prepared = [.. _parts.Parts.Select((part, i) => Own(Prepare(part, weights, _parts.BatchOf(i, BatchSize))))];
        _values.Add((graph.Values[0].Shape, FirstLayout(prepared)));
        for (int i = 0; i < prepared.Length; i++)
        {
            FusedStep[] part = _parts.Parts[i];
            int batch = _parts.BatchOf(i, BatchSize);
            int[] inputs = [.. part[0].Inputs.Select(input => InLayout(numbers[input], prepared[i].InputLayout, batch))];
            numbers[part[^1].Output] = Add(prepared[i], part, inputs, part[^1].OutputShape);
            if (i == _parts.FrontParts - 1)
            {
                GroupedSteps = _steps.Count;
                _gathered = numbers[part[^1].Output];
            }
        }

        return numbers[graph.Output];
    }

    private IStep Prepare(FusedStep[] sources, WeightSet weights, int batch)
    {
        var loaders = new List<StepWeightsLoader>();
        try
        {
            foreach (FusedStep source in sources)
            {
                loaders.Add(new StepWeightsLoader(source, weights));
            }

            return sources.Length == 1
                ? _backend.Prepare(sources[0], loaders[0].Weights, batch)
                : _backend.PrepareChain(sources, [.. loaders.Select(loader => loader.Weights)], batch);
        }
        finally
        {
            loaders.ForEach(loader => loader.Dispose());
        }
    }

    private Layout FirstLayout(IStep[] prepared)
    {
        int reader = Enumerable.Range(0, prepared.Length).FirstOrDefault(i => _parts.Parts[i][0].Inputs.Contains(0), -1);
        return reader < 0 ? _backend.PreferredLayout : prepared[reader].InputLayout;
    }

    private int InLayout(int value, Layout layout, int batch)
    {
        (Shape shape, Layout actual) = _values[value];
        return Layouts.Agree(actual, layout, shape)
            ? value
            : Add(Own(_backend.PrepareTransform(shape, actual, layout, batch)), [], [value], shape);
    }

    private int Add(IStep step, FusedStep[] sources, int[] inputs, Shape output)
    {
        _steps.Add(new CompiledStep(step, sources, inputs));
        _values.Add((output, step.OutputLayout));
        return _values.Count - 1;
    }

    /// <summary>Makes what depends on the batch: the ends and the arena.</summary>
    private void Allocate(int output, PixelNormalization? normalization)
    {
        Entry = Own(_backend.PrepareEntry(_values[0].Shape, _values[0].Layout, normalization, GroupSize));
        Exit = Own(_backend.PrepareExit(_values[output].Shape, _values[output].Layout, BatchSize));
        PlanMemory(output);
    }

    /// <summary>Whether the network's input is read by the first step alone, and lies as callers give it.</summary>
    private bool CanReadSource(int output) =>
        output != 0
        && _steps[0].Inputs is [0]
        && _steps[0].Step.ReadsSource
        && !_steps.Skip(1).Any(step => step.Inputs.Contains(0))
        && Layouts.Agree(_values[0].Layout, Layout.Nchw, _values[0].Shape);

    private void PlanMemory(int output)
    {
        Lifetime[] lifetimes = Lifetimes.Find([.. _steps.Select(step => step.Inputs)], output);
        var buffers = new List<BufferLifetime>();
        for (int i = 0; i < lifetimes.Length; i++)
        {
            // What groups gather in must last from the first group's first step on.
            int images = i <= GroupedSteps && i != _gathered ? GroupSize : BatchSize;
            int firstStep = i == _gathered ? -1 : lifetimes[i].FirstStep;
            buffers.Add(new BufferLifetime(SizeOf(_values[i].Shape, images), firstStep, lifetimes[i].LastStep));
        }

        // Behind the values, a workspace for each step: it lives as long as the step runs.
        buffers.AddRange(_steps.Select((step, i) => new BufferLifetime(step.Step.GetWorkspaceBytes(BatchSize), i, i)));
        MemoryPlan plan = MemoryPlanner.Plan([.. buffers]);
        for (int i = 0; i < _steps.Count; i++)
        {
            _steps[i].InputOffsets = [.. _steps[i].Inputs.Select(input => plan.Offsets[input])];
            _steps[i].OutputOffset = plan.Offsets[i + 1];
            _steps[i].OutputStride = i + 1 == _gathered ? SizeOf(_values[_gathered].Shape, 1) : 0;
            _steps[i].WorkspaceOffset = plan.Offsets[lifetimes.Length + i];
        }

        EntryOffset = plan.Offsets[0];
        ExitOffsets = [plan.Offsets[output]];
        long scratch = Math.Max(Entry.ScratchBytes, Exit.ScratchBytes);
        scratch = _steps.Aggregate(scratch, (most, step) => Math.Max(most, step.Step.GetScratchBytes(BatchSize)));
        Arena = Own(_backend.CreateArena(plan.TotalBytes, scratch));
    }

    private long SizeOf(Shape shape, int images) => (Int128)shape.Count * images <= int.MaxValue
        ? shape.Count * images * _backend.ElementBytes
        : throw new BatchTooLargeException(
            $"{images:N0} feature maps of {shape} have more than the {int.MaxValue:N0} numbers that fit a buffer; use a smaller batch or image.");

    private T Own<T>(T resource)
        where T : IDisposable
    {
        _owned.Add(resource);
        return resource;
    }
}
