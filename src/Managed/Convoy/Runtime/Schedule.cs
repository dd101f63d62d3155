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
    private readonly bool _allowChains;

    private Schedule(IBackend backend, SessionOptions options)
    {
        _backend = backend;
        _batch = options.BatchSize;
        _allowChains = options.AllowChains;
    }

    public IReadOnlyList<CompiledStep> Steps => _steps;

    public IBatchEntry Entry { get; private set; } = null!;

    public IBatchExit Exit { get; private set; } = null!;

    public IArena Arena { get; private set; } = null!;

    /// <summary>Whether the first step reads numbers where the caller has them, so that the way in has nothing to do.</summary>
    public bool ReadsSource { get; private set; }

    public long EntryOffset { get; private set; }

    public long[] ExitOffsets { get; private set; } = [];

    public static Schedule Create(StepGraph graph, IBackend backend, WeightSet weights, SessionOptions options)
    {
        var schedule = new Schedule(backend, options);
        try
        {
            schedule.CheckSizes(graph);
            int output = schedule.Prepare(graph, weights);
            schedule.PrepareEnds(output, options.Normalization);
            schedule.PlanMemory(output);
            schedule.ReadsSource = schedule.CanReadSource(output);
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
        List<(IStep Step, FusedStep[] Sources)> prepared = PrepareSteps(graph, weights);
        _values.Add((graph.Values[0].Shape, FirstLayout(prepared)));
        foreach ((IStep step, FusedStep[] sources) in prepared)
        {
            int[] inputs = [.. sources[0].Inputs.Select(input => InLayout(numbers[input], step.InputLayout))];
            numbers[sources[^1].Output] = Add(step, sources, inputs, sources[^1].OutputShape);
        }

        return numbers[graph.Output];
    }

    private List<(IStep Step, FusedStep[] Sources)> PrepareSteps(StepGraph graph, WeightSet weights)
    {
        var prepared = new List<(IStep Step, FusedStep[] Sources)>();
        for (int first = 0; first < graph.Steps.Length; first += prepared[^1].Sources.Length)
        {
            ReadOnlySpan<FusedStep> run = StepRuns.Find(graph, first);
            int claimed = _allowChains ? _backend.CountChain(run, _batch) : 0;
            FusedStep[] sources = [.. run[..Math.Max(1, claimed)]];
            prepared.Add((Own(Prepare(sources, weights)), sources));
        }

        return prepared;
    }

    private IStep Prepare(FusedStep[] sources, WeightSet weights)
    {
        var loaders = new List<StepWeightsLoader>();
        try
        {
            foreach (FusedStep source in sources)
            {
                loaders.Add(new StepWeightsLoader(source, weights));
            }

            return sources.Length == 1
                ? _backend.Prepare(sources[0], loaders[0].Weights, _batch)
                : _backend.PrepareChain(sources, [.. loaders.Select(loader => loader.Weights)], _batch);
        }
        finally
        {
            loaders.ForEach(loader => loader.Dispose());
        }
    }

    private Layout FirstLayout(List<(IStep Step, FusedStep[] Sources)> prepared)
    {
        IStep? reader = prepared.Find(each => each.Sources[0].Inputs.Contains(0)).Step;
        return reader?.InputLayout ?? _backend.PreferredLayout;
    }

    private int InLayout(int value, Layout layout)
    {
        (Shape shape, Layout actual) = _values[value];
        return Layouts.Agree(actual, layout, shape)
            ? value
            : Add(Own(_backend.PrepareTransform(shape, actual, layout, _batch)), [], [value], shape);
    }

    private int Add(IStep step, FusedStep[] sources, int[] inputs, Shape output)
    {
        _steps.Add(new CompiledStep(step, sources, inputs));
        _values.Add((output, step.OutputLayout));
        return _values.Count - 1;
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
