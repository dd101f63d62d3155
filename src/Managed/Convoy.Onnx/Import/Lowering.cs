namespace Convoy.Onnx.Import;

/// <summary>
/// The network as it grows: layers by unique names, their weights, and the views and transpositions between a tensor as ONNX has it
/// and the vector or image that a layer reads.
/// </summary>
internal sealed class Lowering
{
    private const int MostLayers = 1 << 16;

    private readonly List<NodeDefinition> _definitions = [];
    private readonly Dictionary<string, int> _lastSuffixes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, NodeDefinition> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Layer, Shape Shape), Placed> _views = [];
    private readonly Dictionary<(string Layer, ElementOrder Order), Placed> _rearranged = [];
    private readonly List<WeightTensor> _weights = [];

    /// <summary>All layers, in the order in which they were added.</summary>
    public IReadOnlyList<NodeDefinition> Definitions => _definitions;

    /// <summary>The weights of all layers.</summary>
    public IReadOnlyList<WeightTensor> Weights => _weights;

    /// <summary>How wide images are made of pixels that are none yet.</summary>
    public ImageWidths Widths { get; } = new();

    /// <summary>Adds a layer, under the name given or one like it.</summary>
    /// <param name="name">Its name, where nobody has it yet.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="inputs">What it reads.</param>
    /// <param name="weights">Its parameters, in the layer's order.</param>
    /// <exception cref="UnsupportedException">The layer cannot be applied to its inputs, or the weights do not fit.</exception>
    public Placed Append(string name, Layer layer, ReadOnlySpan<Placed> inputs, params ReadOnlySpan<FloatConstant> weights)
    {
        if (_definitions.Count == MostLayers)
        {
            throw new UnsupportedException(FormattableString.Invariant($"with it the network has more than {MostLayers:N0} layers"));
        }

        string unique = MakeUnique(name);
        var shapes = new Shape[inputs.Length];
        var names = ImmutableArray.CreateBuilder<string>(inputs.Length);
        for (int i = 0; i < inputs.Length; i++)
        {
            shapes[i] = inputs[i].Shape;
            names.Add(inputs[i].Name);
        }

        Shape output = Infer(layer, shapes, out ImmutableArray<LayerParameter> parameters);
        for (int i = 0; i < parameters.Length; i++)
        {
            _weights.Add(Fit($"{unique}.{parameters[i].Name}", parameters[i], weights[i]));
        }

        var definition = new NodeDefinition(unique, layer, names.MoveToImmutable());
        _definitions.Add(definition);
        _byName.Add(unique, definition);
        return new Placed(unique, output);
    }

    /// <summary>Whether a layer is an activation of another.</summary>
    public bool IsActivationOf(Placed layer, Placed input, Activation function) =>
        _byName[layer.Name] is { Layer: ActivationLayer activation, Inputs: [var read] } && read == input.Name && activation.Function == function;

    /// <summary>A layer's elements as a vector or image of another shape.</summary>
    public Placed View(Placed layer, Shape shape)
    {
        if (layer.Shape == shape)
        {
            return layer;
        }

        if (_views.TryGetValue((layer.Name, shape), out Placed view))
        {
            return view;
        }

        view = layer.Shape.IsVector
            ? Append($"{layer.Name}.image", new Unflatten(shape), [layer])
            : Append($"{layer.Name}.flat", new Flatten(), [layer]);
        Remember(layer, view);
        return View(view, shape);
    }

    /// <summary>Notes that two layers have the same elements, as different shapes.</summary>
    public void Remember(Placed layer, Placed view)
    {
        _views[(layer.Name, view.Shape)] = view;
        _views[(view.Name, layer.Shape)] = layer;
    }

    /// <summary>The same tensor with its elements where they are counted.</summary>
    public ComputedTensor RowMajor(ComputedTensor tensor)
    {
        if (tensor.Order.IsRowMajor)
        {
            return tensor;
        }

        if (!_rearranged.TryGetValue((tensor.Layer.Name, tensor.Order), out Placed layer))
        {
            layer = Rearrangement.Append(this, tensor);
            _rearranged.Add((tensor.Layer.Name, tensor.Order), layer);
        }

        return ComputedTensor.Of(layer, tensor.Extents, tensor.HasBatch);
    }

    /// <summary>The tensor with its samples' axes in another order. No element moves.</summary>
    public ComputedTensor Permute(ComputedTensor tensor, ImmutableArray<int> axes)
    {
        ImmutableArray<ImmutableArray<OrderAxis>> loops = SplitOrder(ref tensor);
        return tensor with
        {
            Extents = [.. axes.Select(axis => tensor.Extents[axis])],
            Order = ElementOrder.Join(axes.SelectMany(axis => loops[axis])),
        };
    }

    /// <summary>Some axes first, then the others as they lie, elements where they are counted.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="first">The axes of a sample that come first.</param>
    /// <param name="keepsOrder">Whether they must come in this order, or may as they lie.</param>
    public FrontedTensor BringToFront(ComputedTensor tensor, ImmutableArray<int> first, bool keepsOrder = true)
    {
        ImmutableArray<ImmutableArray<OrderAxis>> loops = SplitOrder(ref tensor);
        int[] asTheyLie = [.. Enumerable.Range(0, loops.Length).OrderByDescending(axis => StrideOf(loops, axis))];
        ImmutableArray<int> axes =
        [
            .. keepsOrder ? first : [.. asTheyLie.Where(axis => first.Contains(axis))],
            .. asTheyLie.Where(axis => !first.Contains(axis)),
        ];
        return new FrontedTensor(RowMajor(Permute(tensor, axes)), axes, first.Length);
    }

    private ImmutableArray<ImmutableArray<OrderAxis>> SplitOrder(ref ComputedTensor tensor)
    {
        if (tensor.Order.Split(tensor.Extents) is { } loops)
        {
            return loops;
        }

        tensor = RowMajor(tensor);
        return tensor.Order.Split(tensor.Extents)!.Value;
    }

    /// <summary>How far apart an axis' elements lie; one of a single element stays with the axis before it.</summary>
    private static long StrideOf(ImmutableArray<ImmutableArray<OrderAxis>> loops, int axis)
    {
        while (axis >= 0 && loops[axis].IsEmpty)
        {
            axis--;
        }

        return axis < 0 ? long.MaxValue : loops[axis].Max(loop => loop.Stride);
    }

    private static Shape Infer(Layer layer, Shape[] inputs, out ImmutableArray<LayerParameter> parameters)
    {
        try
        {
            Shape output = layer.InferShape(inputs);
            parameters = layer.GetParameters(inputs);
            layer.CountMultiplyAdds(inputs, output);
            return output.Extents.All(extent => extent <= SlidingWindow.MaxExtent)
                ? output
                : throw new UnsupportedException(FormattableString.Invariant($"its output {output} has an extent beyond {SlidingWindow.MaxExtent:N0}"));
        }
        catch (LayerException e)
        {
            throw new UnsupportedException(e.Message);
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or OverflowException)
        {
            throw new UnsupportedException("its output, its weights or its work are too large to count");
        }
    }

    private static WeightTensor Fit(string name, LayerParameter parameter, FloatConstant weight) =>
        weight.Count != parameter.Shape.Count
            ? throw new UnsupportedException(FormattableString.Invariant($"its {parameter.Name} has {weight.Count:N0} numbers, but must be {parameter.Shape}"))
        : weight.ByteCount > WeightSet.MaxTensorBytes
            ? throw new UnsupportedException(FormattableString.Invariant($"its {parameter.Name} takes {weight.ByteCount:N0} bytes, more than one tensor may"))
        : weight.ToTensor(name, parameter.Shape);

    private string MakeUnique(string name)
    {
        string tidy = LayerNames.Tidy(name);
        string unique = tidy;

        // Counted on from the last of that name, for a file may have one name for all its nodes.
        for (int i = _lastSuffixes.GetValueOrDefault(tidy, 1); _byName.ContainsKey(unique); _lastSuffixes[tidy] = i)
        {
            i++;
            unique = FormattableString.Invariant($"{tidy}_{i}");
        }

        return unique;
    }
}
