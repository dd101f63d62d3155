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
internal sealed class Schedule : IDisposable
{
    private readonly List<IDisposable> _owned = [];
    private readonly List<CompiledStep> _steps = [];
    private readonly List<(Shape Shape, Layout Layout)> _values = [];
    private readonly IBackend _backend;

    private Schedule(IBackend backend, int batch)
    {
        _backend = backend;
        BatchSize = batch;
    }

    /// <summary>Images at a time: as asked for, or fewer where the device demands it.</summary>
    public int BatchSize { get; private set; }

    public IReadOnlyList<CompiledStep> Steps => _steps;

    public IBatchEntry Entry { get; private set; } = null!;

    public IBatchExit Exit { get; private set; } = null!;

    public IArena Arena { get; private set; } = null!;

    public long EntryOffset { get; private set; }

    public long[] ExitOffsets { get; private set; } = [];

    /// <exception cref="BatchTooLargeException">The device has not even room for one image at a time.</exception>
    public static Schedule Create(StepGraph graph, IBackend backend, WeightSet weights, SessionOptions options)
    {
        var schedule = new Schedule(backend, options.BatchSize);
        try
        {
            schedule.HalveUntilItFits(() => schedule.CheckSizes(graph));
            int output = schedule.Prepare(graph, weights);
            schedule.HalveUntilItFits(() => schedule.Allocate(output, options.Normalization));
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
            SizeOf(value.Shape);
        }
    }

    /// <summary>Prepares every step, and answers the number of the value that is the network's output.</summary>
    private int Prepare(StepGraph graph, WeightSet weights)
    {
        // The graph's numbering of values, to ours, which has the transforms' outputs in between.
        var numbers = new int[graph.Values.Length];
        var prepared = new List<IStep>();
        foreach (FusedStep step in graph.Steps)
        {
            using var loader = new StepWeightsLoader(step, weights);
            prepared.Add(Own(_backend.Prepare(step, loader.Weights, BatchSize)));
        }

        _values.Add((graph.Values[0].Shape, FirstLayout(graph, prepared)));
        for (int i = 0; i < prepared.Count; i++)
        {
            FusedStep step = graph.Steps[i];
            int[] inputs = [.. step.Inputs.Select(input => InLayout(numbers[input], prepared[i].InputLayout))];
            numbers[step.Output] = Add(prepared[i], step, inputs, step.OutputShape);
        }

        return numbers[graph.Output];
    }

    private Layout FirstLayout(StepGraph graph, List<IStep> prepared)
    {
        for (int i = 0; i < prepared.Count; i++)
        {
            if (graph.Steps[i].Inputs.Contains(0))
            {
                return prepared[i].InputLayout;
            }
        }

        return _backend.PreferredLayout;
    }

    private int InLayout(int value, Layout layout)
    {
        (Shape shape, Layout actual) = _values[value];
        return Layouts.Agree(actual, layout, shape)
            ? value
            : Add(Own(_backend.PrepareTransform(shape, actual, layout, BatchSize)), null, [value], shape);
    }

    private int Add(IStep step, FusedStep? source, int[] inputs, Shape output)
    {
        _steps.Add(new CompiledStep(step, source, inputs));
        _values.Add((output, step.OutputLayout));
        return _values.Count - 1;
    }

    /// <summary>Makes what depends on the batch: the ends and the arena.</summary>
    private void Allocate(int output, PixelNormalization? normalization)
    {
        Entry = Own(_backend.PrepareEntry(_values[0].Shape, _values[0].Layout, normalization, BatchSize));
        Exit = Own(_backend.PrepareExit(_values[output].Shape, _values[output].Layout, BatchSize));
        PlanMemory(output);
    }

    private void PlanMemory(int output)
    {
        Lifetime[] lifetimes = Lifetimes.Find([.. _steps.Select(step => step.Inputs)], output);
        var buffers = new BufferLifetime[lifetimes.Length];
        for (int i = 0; i < buffers.Length; i++)
        {
            long bytes = SizeOf(_values[i].Shape);
            buffers[i] = new BufferLifetime(bytes, lifetimes[i].FirstStep, lifetimes[i].LastStep);
        }

        MemoryPlan plan = MemoryPlanner.Plan(buffers);
        for (int i = 0; i < _steps.Count; i++)
        {
            _steps[i].InputOffsets = [.. _steps[i].Inputs.Select(input => plan.Offsets[input])];
            _steps[i].OutputOffset = plan.Offsets[i + 1];
        }

        EntryOffset = plan.Offsets[0];
        ExitOffsets = [plan.Offsets[output]];
        long scratch = Math.Max(Entry.ScratchBytes, Exit.ScratchBytes);
        scratch = _steps.Aggregate(scratch, (most, step) => Math.Max(most, step.Step.GetScratchBytes(BatchSize)));
        Arena = Own(_backend.CreateArena(plan.TotalBytes, scratch));
    }

    private long SizeOf(Shape shape) => (Int128)shape.Count * BatchSize <= int.MaxValue
        ? shape.Count * BatchSize * _backend.ElementBytes
        : throw new BatchTooLargeException(
            $"{BatchSize:N0} feature maps of {shape} have more than the {int.MaxValue:N0} numbers that fit a buffer; use a smaller batch or image.");

    private T Own<T>(T resource)
        where T : IDisposable
    {
        _owned.Add(resource);
        return resource;
    }
}
