using Convoy.Backends;
using Convoy.Graph;
using Convoy.Memory;
using Convoy.Tensors;
using Convoy.Weights;

namespace Convoy.Runtime;

/// <summary>
/// Everything a session runs, in order: the way in, the prepared steps with layout transforms where neighbours disagree,
/// the way out, and the arena they share. Made once; owns all of it.
/// </summary>
internal sealed class Schedule : IDisposable
{
    private readonly List<IDisposable> _owned = [];
    private readonly List<CompiledStep> _steps = [];
    private readonly List<(Shape Shape, Layout Layout)> _values = [];
    private readonly IBackend _backend;
    private readonly int _batch;

    private Schedule(IBackend backend, int batch)
    {
        _backend = backend;
        _batch = batch;
    }

    public IReadOnlyList<CompiledStep> Steps => _steps;

    public IBatchEntry Entry { get; private set; } = null!;

    public IBatchExit Exit { get; private set; } = null!;

    public IArena Arena { get; private set; } = null!;

    public long EntryOffset { get; private set; }

    public long[] ExitOffsets { get; private set; } = [];

    public static Schedule Create(StepGraph graph, IBackend backend, WeightSet weights, SessionOptions options)
    {
        var schedule = new Schedule(backend, options.BatchSize);
        try
        {
            schedule.CheckSizes(graph);
            int output = schedule.Prepare(graph, weights);
            schedule.PrepareEnds(output, options.Normalization);
            schedule.PlanMemory(output);
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
        // In the reverse order of making: what came later may use what came before.
        for (int i = _owned.Count - 1; i >= 0; i--)
        {
            _owned[i].Dispose();
        }

        _owned.Clear();
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
            prepared.Add(Own(_backend.Prepare(step, loader.Weights, _batch)));
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
            : Add(Own(_backend.PrepareTransform(shape, actual, layout, _batch)), null, [value], shape);
    }

    private int Add(IStep step, FusedStep? source, int[] inputs, Shape output)
    {
        _steps.Add(new CompiledStep(step, source, inputs));
        _values.Add((output, step.OutputLayout));
        return _values.Count - 1;
    }

    private void PlanMemory(int output)
    {
        Lifetime[] lifetimes = Lifetimes.Find([.. _steps.Select(step => step.Inputs)], output);
        var buffers = new List<BufferLifetime>();
        for (int i = 0; i < lifetimes.Length; i++)
        {
            buffers.Add(new BufferLifetime(SizeOf(_values[i].Shape), lifetimes[i].FirstStep, lifetimes[i].LastStep));
        }

        // Behind the values, a workspace for each step: it lives as long as the step runs.
        buffers.AddRange(_steps.Select((step, i) => new BufferLifetime(step.Step.WorkspaceBytes, i, i)));
        MemoryPlan plan = MemoryPlanner.Plan([.. buffers]);
        for (int i = 0; i < _steps.Count; i++)
        {
            _steps[i].InputOffsets = [.. _steps[i].Inputs.Select(input => plan.Offsets[input])];
            _steps[i].OutputOffset = plan.Offsets[i + 1];
            _steps[i].WorkspaceOffset = plan.Offsets[lifetimes.Length + i];
        }

        EntryOffset = plan.Offsets[0];
        ExitOffsets = [plan.Offsets[output]];
        long scratch = Math.Max(Entry.ScratchBytes, Exit.ScratchBytes);
        scratch = _steps.Aggregate(scratch, (most, step) => Math.Max(most, step.Step.ScratchBytes));
        Arena = Own(_backend.CreateArena(plan.TotalBytes, scratch));
    }

    private long SizeOf(Shape shape) => (Int128)shape.Count * _batch <= int.MaxValue
        ? shape.Count * _batch * _backend.ElementBytes
        : throw new BatchTooLargeException(
            $"{_batch:N0} feature maps of {shape} have more than the {int.MaxValue:N0} numbers that fit a buffer; use a smaller batch or image.");

    private void PrepareEnds(int output, PixelNormalization? normalization)
    {
        Entry = Own(_backend.PrepareEntry(_values[0].Shape, _values[0].Layout, normalization, _batch));
        Exit = Own(_backend.PrepareExit(_values[output].Shape, _values[output].Layout, _batch));
    }

    private T Own<T>(T resource)
        where T : IDisposable
    {
        _owned.Add(resource);
        return resource;
    }
}
