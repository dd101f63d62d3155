using System.Text.Json;
using Convoy.Layers;
using Convoy.Weights;
using Convoy.Weights.Formats.Keras;

namespace Convoy.ModelFiles.Keras;

/// <summary>
/// Makes a network of a model's configuration: models within it are laid open, and images have their channels first, whatever order
/// the model computes in. What is not supported is collected, so that all of it is said at once.
/// </summary>
internal sealed class KerasNetwork
{
    private const int MostProblems = 20;
    private const int MostNodes = 100_000;

    private readonly KerasConfiguration _model;
    private readonly ModelFileOptions _options;
    private readonly List<NodeDefinition> _definitions = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly List<string> _problems = [];

    private KerasNetwork(KerasConfiguration model, bool isKeras3, ModelFileOptions options)
    {
        _model = model;
        _options = options;
        IsKeras3 = isKeras3;
        IsChannelsFirst = model.AllLayers.Any(layer => layer.Class != "Flatten" && KerasConfiguration.Text(layer.Settings, "data_format") == "channels_first");
    }

    /// <summary>Whether Keras 3 wrote the model, and not Keras 2.</summary>
    public bool IsKeras3 { get; }

    /// <summary>Whether the model's images have their channels first.</summary>
    public bool IsChannelsFirst { get; }

    /// <summary>Fully connected nodes whose weights have to be turned, as they read a flattened feature map: this one.</summary>
    public Dictionary<string, Shape> Turned { get; } = new(StringComparer.Ordinal);

    /// <summary>The graph of the model that is being added: set before its first layer is looked at, and again for a model within it.</summary>
    public KerasGraph Graph { get; private set; } = null!;

    /// <summary>A network, the ports it has as a model, and which of its weights are to be turned.</summary>
    /// <param name="model">The configuration.</param>
    /// <param name="isKeras3">Whether Keras 3 wrote it.</param>
    /// <param name="options">Extents that it leaves open.</param>
    /// <param name="path">The file, as sentences name it.</param>
    /// <exception cref="ModelFileException">It has what is not supported.</exception>
    /// <exception cref="NetworkException">Its layers do not fit.</exception>
    public static (Network Network, ImmutableArray<ModelPort> Inputs, ImmutableArray<ModelPort> Outputs, Dictionary<string, Shape> Turned) Build(
        KerasConfiguration model, bool isKeras3, ModelFileOptions options, string path)
    {
        var builder = new KerasNetwork(model, isKeras3, options);
        (ImmutableArray<ModelPort> inputs, ImmutableArray<ModelPort> outputs, ImmutableArray<KerasValue> ends) = builder.AddModel();
        if (builder._problems.Count > 0)
        {
            string more = builder._problems.Count > MostProblems ? $"; and {builder._problems.Count - MostProblems:N0} more" : "";
            throw new ModelFileException($"{path}: {string.Join("; ", builder._problems.Take(MostProblems))}{more}.");
        }

        return (Network.Create(model.Name, builder._definitions, [.. ends.Select(end => end.Node)]), inputs, outputs, builder.Turned);
    }

    /// <summary>Adds a node, and finds what it gives; its name is another where it is taken.</summary>
    /// <exception cref="LayerException">It cannot read such inputs.</exception>
    public KerasValue Add(string name, Layer layer, int rank, params ReadOnlySpan<KerasValue> inputs)
    {
        if (_definitions.Count >= MostNodes)
        {
            throw new KerasProblem($"is beyond the {MostNodes:N0} layers that a network may have");
        }

        if (!_names.Add(name))
        {
            throw new KerasProblem($"needs the name {WeightException.Quote(name)}, which another layer has");
        }

        var shapes = new Shape[inputs.Length];
        var names = ImmutableArray.CreateBuilder<string>(inputs.Length);
        for (int i = 0; i < inputs.Length; i++)
        {
            shapes[i] = inputs[i].Shape;
            names.Add(inputs[i].Node);
        }

        Shape shape = layer.InferShape(shapes);
        _definitions.Add(new NodeDefinition(name, layer, names.MoveToImmutable()));
        return new KerasValue(name, shape, rank, inputs is [{ Map: { } map }] && shape == inputs[0].Shape ? map : null);
    }

    private (ImmutableArray<ModelPort> Inputs, ImmutableArray<ModelPort> Outputs, ImmutableArray<KerasValue> Ends) AddModel()
    {
        Graph = new KerasGraph(_model, _problems);
        if (Graph.Inputs.IsEmpty || Graph.Outputs.IsEmpty)
        {
            _problems.Add("its configuration does not say where data enters and leaves the model");
        }

        (ImmutableArray<ModelPort> inputs, Dictionary<string, KerasValue> values) = AddInputs();
        if (values.Count == 0)
        {
            return ([], [], []);
        }

        Dictionary<string, KerasValue> results = AddLayers(values);
        ImmutableArray<KerasValue> ends = [.. Graph.Outputs.Where(results.ContainsKey).Select(name => results[name])];
        if (ends.Length < Graph.Outputs.Length && _problems.Count == 0)
        {
            _problems.Add("its outputs are not among its layers");
        }

        // Two outputs may be one node, where a layer is none of its own.
        if (ends.DistinctBy(end => end.Node).Count() < ends.Length)
        {
            _problems.Add("two of its outputs are the same");
        }

        return (inputs, [.. ends.Zip(Graph.Outputs, (end, name) => Describe(name, end))], ends);
    }

    /// <summary>The network's one input: the model's, or a vector of all of them.</summary>
    private (ImmutableArray<ModelPort> Ports, Dictionary<string, KerasValue> Values) AddInputs()
    {
        var inputs = new List<(string Layer, KerasValue Value)>();
        Dictionary<string, KerasLayer> layers = _model.Layers.ToDictionary(layer => layer.Name, StringComparer.Ordinal);
        foreach (string name in Graph.Inputs)
        {
            if (!layers.TryGetValue(name, out KerasLayer? layer))
            {
                _problems.Add($"its input {WeightException.Quote(name)} is not among its layers");
                continue;
            }

            // A sequential model whose first layer is no input has one in front of it.
            string node = layer.Class == "InputLayer" ? layer.NodeName : $"{layer.NodeName}_input";
            Attempt(layer, () => inputs.Add((name, new KerasValue(node, FindShape(layer, node, out int rank), rank))));
        }

        if (inputs.Count < Graph.Inputs.Length || inputs.Count == 0)
        {
            return ([], []);
        }

        ImmutableArray<ModelPort> ports = [.. inputs.Select(input => Describe(input.Value.Node, input.Value))];
        if (inputs is [var only])
        {
            Add(only.Value.Node, new Input(only.Value.Shape), only.Value.Rank);
            return (ports, new Dictionary<string, KerasValue>(StringComparer.Ordinal) { [only.Layer] = only.Value });
        }

        var values = new Dictionary<string, KerasValue>(StringComparer.Ordinal);
        long count = inputs.Sum(input => input.Value.Shape.Count);
        Attempt(_model.Layers[0], () =>
        {
            KerasValue all = Add("inputs", new Input(Shape.Vector(checked((int)count))), 1);
            int start = 0;
            foreach ((string layer, KerasValue value) in inputs)
            {
                var slice = new Slice(start, (int)value.Shape.Count);
                start += (int)value.Shape.Count;
                values[layer] = value.Shape.IsVector
                    ? Add(value.Node, slice, value.Rank, all)
                    : Add(value.Node, new Unflatten(value.Shape), value.Rank, Add($"{value.Node}.slice", slice, 1, all));
            }
        });
        return (ports, values);
    }

    private Shape FindShape(KerasLayer layer, string name, out int rank)
    {
        ImmutableArray<int> given = _options.InputShapes.TryGetValue(name, out ImmutableArray<int> shape) ? shape
            : Graph.Inputs.Length == 1 && _options.InputShapes.TryGetValue("", out shape) ? shape
            : default;
        var settings = new KerasSettings(layer.Model?.BuildShape is null ? layer.Settings : default);
        JsonElement? declared = settings.Find("batch_shape") ?? settings.Find("batch_input_shape") ?? layer.Model?.BuildShape ?? _model.BuildShape;
        int[]? stated = declared is { ValueKind: JsonValueKind.Array } array
            ? [.. array.EnumerateArray().Select(extent => extent.ValueKind == JsonValueKind.Number && extent.TryGetInt32(out int number) ? number : 0)]
            : null;
        if (!given.IsDefault && stated is not null && (given.Length != stated.Length || stated.Skip(1).Zip(given.Skip(1)).Any(each => each.First > 0 && each.First != each.Second)))
        {
            throw new KerasProblem(
                $"has an input of [{string.Join(", ", stated.Select(extent => extent < 1 ? "N" : FormattableString.Invariant($"{extent}")))}], which {string.Join('x', given)} does not fit");
        }

        int[] extents = !given.IsDefault ? [.. given]
            : stated ?? throw new KerasProblem($"does not say the shape of its input; give it with --input-shape {name}=1xHEIGHTxWIDTHxCHANNELS");
        int[] image = extents.Length > 0 ? extents[1..] : [];
        rank = image.Length;
        if (image.Any(extent => extent < 1))
        {
            throw new KerasProblem($"leaves extents of its input open; give them with --input-shape {name}=1x{string.Join('x', image.Select(extent => extent < 1 ? "N" : FormattableString.Invariant($"{extent}")))}");
        }

        return image switch
        {
            [var features] => Shape.Vector(features),
            [var height, var width] => Shape.Image(1, height, width),
            [var first, var second, var third] => IsChannelsFirst ? Shape.Image(first, second, third) : Shape.Image(third, first, second),
            _ => throw new KerasProblem($"reads inputs of {image.Length} extents, but only images and vectors are supported"),
        };
    }

    private ModelPort Describe(string name, KerasValue value) => (value.Rank, value.Shape) switch
    {
        (2, { IsImage: true } image) => new ModelPort(name, [image.Height, image.Width]),
        (_, { IsImage: true } image) when !IsChannelsFirst => new ModelPort(name, [image.Height, image.Width, image.Channels], IsChannelsLast: true),
        _ => new ModelPort(name, value.Shape.Extents),
    };

    /// <summary>Adds the layers of the graph at hand; a layer whose inputs could not be added is passed over, as nothing is known of it.</summary>
    private Dictionary<string, KerasValue> AddLayers(Dictionary<string, KerasValue> inputs)
    {
        KerasGraph graph = Graph;
        var values = new Dictionary<string, KerasValue>(StringComparer.Ordinal);
        foreach ((KerasLayer layer, ImmutableArray<string> names) in graph.Layers)
        {
            ImmutableArray<KerasValue> read =
                inputs.TryGetValue(layer.Name, out KerasValue? entering) ? [entering]
                : names.All(values.ContainsKey) ? [.. names.Select(name => values[name])]
                : [];
            if (layer.Class == "InputLayer" && entering is not null)
            {
                values[layer.Name] = entering;
            }
            else if (!read.IsEmpty)
            {
                Attempt(layer, () => values[layer.Name] = layer.Model is { } inner ? AddInner(inner, read) : KerasLayers.Translate(this, layer, read));
            }
            else
            {
                // Said even so, that all that is not supported is named at once.
                Attempt(layer, () => KerasLayers.Check(layer));
            }

            Graph = graph;
        }

        return values;
    }

    private KerasValue AddInner(KerasConfiguration model, ImmutableArray<KerasValue> read)
    {
        Graph = new KerasGraph(model, _problems);
        if (Graph.Inputs.Length != read.Length || Graph.Outputs.Length != 1)
        {
            throw new KerasProblem($"is a model of {Graph.Inputs.Length} inputs and {Graph.Outputs.Length} outputs that reads {read.Length}, which is not supported");
        }

        string output = Graph.Outputs[0];
        var inputs = new Dictionary<string, KerasValue>(StringComparer.Ordinal);
        for (int i = 0; i < read.Length; i++)
        {
            inputs[Graph.Inputs[i]] = read[i];
        }

        int before = _problems.Count;
        Dictionary<string, KerasValue> values = AddLayers(inputs);
        return values.TryGetValue(output, out KerasValue? end) ? end
            : _problems.Count > before ? throw new KerasProblem("cannot be read for the reasons named before")
            : throw new KerasProblem($"has no layer {WeightException.Quote(output)} to be its output");
    }

    private void Attempt(KerasLayer layer, Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is KerasProblem or LayerException)
        {
            string problem = e is KerasProblem ? e.Message : $"is impossible: {e.Message}";
            _problems.Add($"layer {WeightException.Quote(layer.Name)} ({WeightException.Quote(layer.Class).Trim('\'')}) {problem}");
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or OverflowException)
        {
            _problems.Add($"layer {WeightException.Quote(layer.Name)} is too large to count");
        }
    }
}
