using Convoy.Backends;
using Convoy.Weights;

namespace Convoy.Runtime;

/// <summary>
/// A network's regions, prepared one after the other in the order they run, with a change of layout where neighbours disagree.
/// Value 0 is the network's input; each region writes one, most often a value of its own, and else a part of another's.
/// </summary>
internal sealed class CompiledNetwork : IDisposable
{
    private readonly List<CompiledRegion> _regions = [];
    private readonly List<(Shape Shape, Layout Layout)> _values = [];
    private readonly IBackend _backend;

    private CompiledNetwork(IBackend backend) => _backend = backend;

    /// <summary>The regions, in the order they run.</summary>
    public IReadOnlyList<CompiledRegion> Regions => _regions;

    /// <summary>The values the regions read and write: the shape of an image's, and how it lies.</summary>
    public IReadOnlyList<(Shape Shape, Layout Layout)> Values => _values;

    /// <summary>The values that are the network's outputs, in its order.</summary>
    public ImmutableArray<int> Outputs { get; private set; }

    /// <summary>Asks the backend how to divide the steps, and prepares what it says.</summary>
    public static CompiledNetwork Compile(StepGraph graph, IBackend backend, WeightSet weights, int batch, Action<CompileProgress>? progress = null)
    {
        var compiled = new CompiledNetwork(backend);
        try
        {
            compiled.Prepare(graph, backend.Partition(graph, batch), weights, progress);
            return compiled;
        }
        catch
        {
            compiled.Dispose();
            throw;
        }
    }

    /// <summary>Whether the network's input is read by the first region alone, and lies as callers give it.</summary>
    public bool CanReadSource =>
        !Outputs.Contains(0)
        && _regions is [{ Inputs: [0], Prepared.ReadsSource: true }, ..]
        && !_regions.Skip(1).Any(region => region.Inputs.Contains(0))
        && Layouts.Agree(_values[0].Layout, Layout.Nchw, _values[0].Shape);

    public void Dispose()
    {
        for (int i = _regions.Count - 1; i >= 0; i--)
        {
            _regions[i].Prepared.Dispose();
        }

        _regions.Clear();
    }

    private void Prepare(StepGraph graph, ImmutableArray<IRegion> regions, WeightSet weights, Action<CompileProgress>? progress)
    {
        // The graph's numbering of values, to ours, which leaves out what regions keep to themselves and has transforms.
        var numbers = new Dictionary<int, int> { [0] = 0 };
        _values.Add((graph.Values[0], _backend.PreferredLayout));
        bool isInputRead = false;
        progress?.Invoke(new CompileProgress(0, regions.Length));
        foreach (IRegion region in regions)
        {
            IPreparedRegion prepared = Prepare(region, weights);
            try
            {
                if (!isInputRead && region.Inputs.Contains(0))
                {
                    // Whoever reads the network's input first has it as it wants it.
                    _values[0] = (graph.Values[0], prepared.InputLayout);
                    isInputRead = true;
                }

                ImmutableArray<int> inputs = [.. region.Inputs.Select(input => InLayout(numbers[input], prepared.InputLayout, region.MicroBatch))];
                if (!numbers.TryGetValue(region.Output, out int output))
                {
                    output = AddValue(graph.Values[region.Output], prepared.OutputLayout);
                    numbers.Add(region.Output, output);
                }

                _regions.Add(new CompiledRegion(prepared, region.Steps, inputs, output, region.MicroBatch));
                progress?.Invoke(new CompileProgress(_regions.Count, regions.Length));
            }
            catch
            {
                prepared.Dispose();
                throw;
            }
        }

        Outputs = [.. graph.Outputs.Select(output => numbers[output])];
    }

    private static IPreparedRegion Prepare(IRegion region, WeightSet weights)
    {
        var loaders = new List<StepWeightsLoader>();
        try
        {
            foreach (FusedStep step in region.Steps)
            {
                loaders.Add(new StepWeightsLoader(step, weights));
            }

            return region.Prepare([.. loaders.Select(loader => loader.Weights)]);
        }
        finally
        {
            loaders.ForEach(loader => loader.Dispose());
        }
    }

    private int InLayout(int value, Layout layout, int images)
    {
        (Shape shape, Layout actual) = _values[value];
        if (Layouts.Agree(actual, layout, shape))
        {
            return value;
        }

        IPreparedRegion transform = _backend.PrepareTransform(shape, actual, layout, images);
        int output = AddValue(shape, transform.OutputLayout);
        _regions.Add(new CompiledRegion(transform, [], [value], output, images));
        return output;
    }

    private int AddValue(Shape shape, Layout layout)
    {
        _values.Add((shape, layout));
        return _values.Count - 1;
    }
}
