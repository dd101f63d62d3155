using Convoy.ModelFiles;
using Convoy.Onnx.Format;
using Convoy.Onnx.Import.Operators;

namespace Convoy.Onnx.Import;

/// <summary>
/// Imports a graph node by node. A value is a constant, which is computed with at once, or a tensor that a layer computes. What
/// cannot be imported is collected, so that one refusal names all of it; only a graph that is none is refused at once. The first axis of all tensors counts images, where the
/// model keeps images apart; where it does not, it is one for a single sample, if its extents are known.
/// </summary>
internal sealed class GraphImporter
{
    private const int MostOutputs = 1024;

    private readonly ModelSource _source;
    private readonly GraphOrder _order;
    private readonly ModelInputs _inputs;
    private readonly bool _hasBatch;
    private readonly Tensors _tensors;
    private readonly Lowering _lowering = new();
    private readonly Dictionary<string, Value> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TensorProto> _initializers = new(StringComparer.Ordinal);
    private readonly Problems _problems = new();

    private GraphImporter(ModelSource source, GraphOrder order, ModelInputs inputs, bool hasBatch, Tensors tensors)
    {
        (_source, _order, _inputs, _hasBatch, _tensors) = (source, order, inputs, hasBatch, tensors);
        foreach (TensorProto tensor in source.Graph.Initializer)
        {
            _initializers[tensor.Name] = tensor;
        }
    }

    /// <summary>Imports a model.</summary>
    /// <exception cref="UnsupportedException">It cannot be; the message is a part of a sentence.</exception>
    public static ModelFile Import(ModelSource source, ModelFileOptions options)
    {
        GraphOrder order = GraphOrder.Of(source.Graph);
        ModelInputs inputs = ModelInputs.Find(source.Graph, options);
        if (!inputs.MayHaveBatch)
        {
            return Import(source, order, inputs, hasBatch: false);
        }

        try
        {
            return Import(source, order, inputs, hasBatch: true);
        }
        catch (MixedBatchException) when (inputs.AreKnown)
        {
            return Import(source, order, inputs, hasBatch: false);
        }
    }

    private static ModelFile Import(ModelSource source, GraphOrder order, ModelInputs inputs, bool hasBatch)
    {
        var budget = new FoldingBudget(source.ByteCount);
        var external = new ExternalData(source.Folder, budget);
        try
        {
            var tensors = new Tensors(source.Name, external, budget);
            return new GraphImporter(source, order, inputs, hasBatch, tensors).Import(external);
        }
        catch
        {
            external.Dispose();
            throw;
        }
    }

    private ModelFile Import(ExternalData external)
    {
        RefuseParts();
        ImmutableArray<ModelPort> inputs = TryPlaceInputs();
        foreach (NodeProto node in _order.Nodes.TakeWhile(_ => !_problems.AreEnough))
        {
            ImportNode(node);
        }

        ImmutableArray<ModelPort> outputs = PlaceOutputs(out ImmutableArray<string> layers);
        _problems.ThrowIfAny();
        Network network = CreateNetwork(layers);
        HashSet<string> needed = [.. network.Parameters.Select(parameter => parameter.Name)];
        IReadOnlyDictionary<string, string> metadata = ModelMetadata.Of(_source.Model);
        return new ModelFile
        {
            Network = network,
            Weights = WeightSet.FromContents(
                _source.Name, new([.. _lowering.Weights.Where(tensor => needed.Contains(tensor.Name))], metadata, [.. _tensors.Storages, .. external.Files]), network),
            Inputs = inputs,
            Outputs = outputs,
            Metadata = metadata,
        };
    }

    /// <summary>What the model has besides nodes that is not read, and inputs that cannot be given: what reads them is not at fault.</summary>
    private void RefuseParts()
    {
        if (_source.Model.Functions is [var function, ..])
        {
            _problems.Add($"it has functions of its own ({WeightException.Quote(function.Name)}), which are not read; have the exporter inline them");
        }

        foreach (SparseTensorProto tensor in _source.Graph.SparseInitializer)
        {
            string name = tensor.Values?.Name ?? "";
            _problems.Add($"its tensor {WeightException.Quote(name)} is sparse; save it in full");
            _values[name] = new MissingValue();
        }

        foreach ((string name, string reason) in _inputs.Refused)
        {
            _problems.Add(reason);
            _values[name] = new MissingValue();
        }

        if (_inputs.All.IsEmpty && _inputs.Refused.IsEmpty)
        {
            _problems.Add("it has no input, so that there is nothing to run it on");
        }
    }

    private ImmutableArray<ModelPort> TryPlaceInputs()
    {
        try
        {
            return _inputs.All.IsEmpty ? [] : PlaceInputs();
        }
        catch (UnsupportedException e)
        {
            _problems.Add(e.Message);
            foreach (ModelInput input in _inputs.All)
            {
                _values[input.Name] = new MissingValue();
            }

            return [];
        }
    }

    /// <summary>One input is the network's own; several come one behind the other.</summary>
    private ImmutableArray<ModelPort> PlaceInputs()
    {
        ImmutableArray<int>[] extents = [.. _inputs.All.Select(input => (ImmutableArray<int>)[.. input.Extents.Skip(_hasBatch ? 1 : 0).Select(extent => extent!.Value)])];
        if (_inputs.All is [var only])
        {
            bool isChannelsLast = ChannelsLastInput.Is(only.Name, extents[0], _hasBatch, _order.Nodes);
            _values[only.Name] = isChannelsLast ? PlaceChannelsLast(only.Name, extents[0]) : PlaceInput(only.Name, extents[0]);
            return [new ModelPort(only.Name, extents[0], _hasBatch, isChannelsLast)];
        }

        long[] counts = [.. extents.Select(each => Axes.Count(each))];
        if (counts.Sum() is var total && total > SlidingWindow.MaxExtent)
        {
            throw new UnsupportedException(FormattableString.Invariant($"its {counts.Length} inputs have {total:N0} numbers together, and {SlidingWindow.MaxExtent:N0} is the most for several"));
        }

        Placed all = _lowering.Append("inputs", new Input(Shape.Vector((int)total)), []);
        int start = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            Placed part = _lowering.Append(_inputs.All[i].Name, new Slice(start, (int)counts[i]), [all]);
            _values[_inputs.All[i].Name] = ComputedTensor.Of(part, extents[i], _hasBatch);
            start += (int)counts[i];
        }

        return [.. _inputs.All.Select((input, i) => new ModelPort(input.Name, extents[i], _hasBatch))];
    }

    private ComputedTensor PlaceInput(string name, ImmutableArray<int> extents)
    {
        ImmutableArray<int> image = !_hasBatch && extents is [1, _, _, _] ? extents[1..] : extents;
        Shape shape = image.Length == 3 ? new Shape(image.AsSpan()) : Shape.Vector(Axes.Extent(Axes.Count(image)));
        return ComputedTensor.Of(_lowering.Append(name, new Input(shape), []), extents, _hasBatch);
    }

    /// <summary>The network has channels first, as all networks; only the model counts its elements otherwise.</summary>
    private ComputedTensor PlaceChannelsLast(string name, ImmutableArray<int> extents)
    {
        (int height, int width, int channels) = (extents[^3], extents[^2], extents[^1]);
        Placed input = _lowering.Append(name, new Input(Shape.Image(channels, height, width)), []);
        long pixels = (long)height * width;
        return new ComputedTensor(input, extents, ElementOrder.Join([new(pixels, 1), new(channels, pixels)]), _hasBatch);
    }

    private void ImportNode(NodeProto node)
    {
        if (OperatorTable.Find(node.OpType, node.Domain) is not { } import)
        {
            _problems.Add(node, OperatorTable.Refusal(node.OpType, node.Domain));
            SetMissing(node);
            return;
        }

        try
        {
            ImmutableArray<Value?> inputs = [.. node.Input.Select(FindValue)];
            if (inputs.Any(input => input is MissingValue))
            {
                SetMissing(node);
                return;
            }

            var operatorNode = new OperatorNode(
                node, LayerNames.Of(node, _initializers), _source.OperatorSet, _hasBatch ? _inputs.BatchExtent : null, inputs, _lowering, _tensors);
            ImmutableArray<Value> results = import(operatorNode);
            if (operatorNode.Attributes.FirstUnread is { } unread)
            {
                throw new UnsupportedException($"its attribute {WeightException.Quote(unread)} is not known");
            }

            SetResults(node, results);
        }
        catch (UnsupportedException e)
        {
            _problems.Add(node, e);
            SetMissing(node);
        }
    }

    private Value? FindValue(string name)
    {
        if (name.Length == 0)
        {
            return null;
        }

        if (!_values.TryGetValue(name, out Value? value))
        {
            value = _tensors.Read(_initializers[name]);
            _values.Add(name, value);
        }

        return value;
    }

    private void SetResults(NodeProto node, ImmutableArray<Value> results)
    {
        for (int i = 0; i < node.Output.Count; i++)
        {
            string name = node.Output[i];
            if (i < results.Length)
            {
                _values[name] = results[i];
                Axes.CheckRank(results[i] is ComputedTensor { Rank: var rank } ? rank : ConstantTensors.ExtentsOf(results[i]).Length);
            }
            else if (name.Length > 0 && _order.Read.Contains(name))
            {
                throw new UnsupportedException($"its output {WeightException.Quote(name)} (indices, a mask or statistics) is not computed");
            }
        }
    }

    private void SetMissing(NodeProto node)
    {
        foreach (string name in node.Output)
        {
            _values[name] = new MissingValue();
        }
    }

    private ImmutableArray<ModelPort> PlaceOutputs(out ImmutableArray<string> layers)
    {
        var names = ImmutableArray.CreateBuilder<string>();
        var ports = ImmutableArray.CreateBuilder<ModelPort>();
        ValueInfoProto[] outputs = [.. _source.Graph.Output.DistinctBy(output => output.Name)];
        if (outputs.Length is 0 or > MostOutputs)
        {
            _problems.Add(FormattableString.Invariant($"it has {outputs.Length:N0} outputs, where there must be 1 to {MostOutputs:N0}"));
        }

        foreach (ValueInfoProto output in outputs.Take(MostOutputs))
        {
            if (FindOutput(output.Name) is { } tensor)
            {
                names.Add(PlaceOutput(output.Name, tensor, names));
                ports.Add(new ModelPort(output.Name, tensor.Extents, tensor.HasBatch));
            }
        }

        layers = names.ToImmutable();
        return ports.ToImmutable();
    }

    /// <summary>What an output is, its elements where they are counted; null where it is nothing that can be.</summary>
    private ComputedTensor? FindOutput(string name)
    {
        string quoted = WeightException.Quote(name);
        switch (_values.GetValueOrDefault(name))
        {
            case MissingValue:
                return null;
            case null when _problems.AreEnough:
                return null;
            case null:
                _problems.Add($"its output {quoted} is made by no node");
                return null;
            case ComputedTensor tensor:
                try
                {
                    return _lowering.RowMajor(tensor);
                }
                catch (UnsupportedException e)
                {
                    _problems.Add($"its output {quoted} cannot be put in order: {e.Message}");
                    return null;
                }

            default:
                _problems.Add($"its output {quoted} is a constant");
                return null;
        }
    }

    /// <summary>The layer that is the output: a network's input is none, and no layer is two.</summary>
    private string PlaceOutput(string name, ComputedTensor tensor, ImmutableArray<string>.Builder taken) =>
        taken.Contains(tensor.Layer.Name) || _lowering.Definitions[0].Name == tensor.Layer.Name
            ? _lowering.Append(name, new ActivationLayer(Activation.None), [tensor.Layer]).Name
            : tensor.Layer.Name;

    /// <summary>The network without what nothing reads: views that were not needed in the end.</summary>
    private Network CreateNetwork(ImmutableArray<string> outputs)
    {
        Dictionary<string, NodeDefinition> byName = _lowering.Definitions.ToDictionary(definition => definition.Name, StringComparer.Ordinal);
        HashSet<string> needed = [_lowering.Definitions[0].Name];
        var open = new Stack<string>(outputs);
        while (open.TryPop(out string? name))
        {
            if (needed.Add(name))
            {
                foreach (string input in byName[name].Inputs)
                {
                    open.Push(input);
                }
            }
        }

        string network = string.IsNullOrWhiteSpace(_source.Graph.Name) ? "model" : LayerNames.Tidy(_source.Graph.Name);
        return Network.Create(network, _lowering.Definitions.Where(definition => needed.Contains(definition.Name)), outputs.AsSpan());
    }
}
