using Convoy.Layers;
using Convoy.Weights;
using Convoy.Weights.Formats.Keras;

namespace Convoy.ModelFiles.Keras;

/// <summary>One of Keras' layers, with what its translation needs.</summary>
/// <param name="Network">Where its nodes go.</param>
/// <param name="Layer">The layer.</param>
/// <param name="Inputs">What it reads.</param>
internal readonly record struct KerasCall(KerasNetwork Network, KerasLayer Layer, ImmutableArray<KerasValue> Inputs)
{
    /// <summary>Its settings.</summary>
    public KerasSettings Settings => new(Layer.Settings);

    /// <summary>The name of its node.</summary>
    public string Name => Layer.NodeName;

    /// <summary>The only thing that it reads.</summary>
    public KerasValue Input => Inputs is [var only] ? only : throw new KerasProblem($"reads {Inputs.Length} layers, where it should one");

    /// <summary>The only thing that it reads, which must have rows, columns and channels.</summary>
    public KerasValue Image
    {
        get
        {
            string order = Network.IsChannelsFirst ? "channels_first" : "channels_last";
            return Input.Rank != 3 ? throw new KerasProblem($"needs rows, columns and channels, but reads {Input.Rank} extents")
                : Settings.Text("data_format", order) == order ? Input
                : throw new KerasProblem($"has another data_format than the model's other layers, {order}");
        }
    }

    /// <summary>Adds its node.</summary>
    public KerasValue Add(Layer layer, int rank, params ReadOnlySpan<KerasValue> inputs) => Network.Add(Name, layer, rank, inputs);

    /// <summary>Adds its node, which gives as many extents as it reads.</summary>
    public KerasValue Add(Layer layer) => Network.Add(Name, layer, Input.Rank, Input);

    /// <summary>Adds the activation that a layer with weights may have.</summary>
    public KerasValue Activate(KerasValue value)
    {
        Layer? activation = KerasActivations.Find(KerasActivations.NameIn(Settings), Network.IsKeras3);
        KerasLayers.RequireChannels(this, activation);
        return activation is null ? value : Network.Add($"{value.Node}.{activation.Op}", activation, value.Rank, value);
    }
}

/// <summary>The table of Keras' layers, by their classes.</summary>
internal static class KerasLayers
{
    private static readonly Dictionary<string, Func<KerasCall, KerasValue>> Translations = new(StringComparer.Ordinal)
    {
        ["Conv2D"] = KerasWeightedLayers.Convolve,
        ["Convolution2D"] = KerasWeightedLayers.Convolve,
        ["DepthwiseConv2D"] = KerasWeightedLayers.ConvolveDepthwise,
        ["SeparableConv2D"] = KerasWeightedLayers.ConvolveSeparably,
        ["Dense"] = KerasWeightedLayers.Connect,
        ["BatchNormalization"] = KerasWeightedLayers.Normalize,
        ["BatchNormalizationV1"] = KerasWeightedLayers.Normalize,
        ["BatchNormalizationV2"] = KerasWeightedLayers.Normalize,
        ["PReLU"] = KerasWeightedLayers.Slope,
        ["MaxPooling2D"] = call => Pool(call, PoolKind.Max),
        ["AveragePooling2D"] = call => Pool(call, PoolKind.Average),
        ["GlobalMaxPooling2D"] = call => PoolAll(call, PoolKind.Max),
        ["GlobalAveragePooling2D"] = call => PoolAll(call, PoolKind.Average),
        ["Activation"] = Activate,
        ["ReLU"] = Rectify,
        ["LeakyReLU"] = call => call.Add(new ActivationLayer(Activation.LeakyRelu(
            call.Settings.Find("negative_slope") is null ? call.Settings.Number("alpha", 0.3f) : call.Settings.Number("negative_slope", 0.3f)))),
        ["ELU"] = call => call.Add(new ActivationLayer(Activation.Elu(call.Settings.Number("alpha", 1)))),
        ["Softmax"] = Soften,
        ["Add"] = call => Combine(call, BinaryOperation.Add),
        ["Subtract"] = call => Combine(call, BinaryOperation.Subtract),
        ["Multiply"] = call => Combine(call, BinaryOperation.Multiply),
        ["Maximum"] = call => Combine(call, BinaryOperation.Maximum),
        ["Minimum"] = call => Combine(call, BinaryOperation.Minimum),
        ["Average"] = Average,
        ["Concatenate"] = Concatenate,
        ["Rescaling"] = Rescale,
        ["ZeroPadding2D"] = Pad,
        ["UpSampling2D"] = Upsample,
        ["Dropout"] = Drop,
        ["SpatialDropout2D"] = Drop,
        ["GaussianDropout"] = Drop,
        ["AlphaDropout"] = Drop,
        ["GaussianNoise"] = call => call.Input,
        ["ActivityRegularization"] = call => call.Input,
        ["Identity"] = call => call.Input,
        ["InputLayer"] = call => call.Input,
        ["Flatten"] = KerasReshaping.Flatten,
        ["Reshape"] = KerasReshaping.Reshape,
        ["Permute"] = KerasReshaping.Permute,
    };

    /// <summary>Adds a layer's nodes, and gives the last.</summary>
    /// <exception cref="KerasProblem">It is not supported.</exception>
    /// <exception cref="LayerException">It does not fit what it reads.</exception>
    public static KerasValue Translate(KerasNetwork network, KerasLayer layer, ImmutableArray<KerasValue> inputs)
    {
        Check(layer);
        return Translations[layer.Class](new KerasCall(network, layer, inputs));
    }

    /// <summary>Passes where a layer is in the table.</summary>
    /// <exception cref="KerasProblem">It is not supported.</exception>
    public static void Check(KerasLayer layer)
    {
        if (layer.Model is null && !Translations.ContainsKey(layer.Class))
        {
            throw new KerasProblem("is of a class that is not supported");
        }
    }

    private static KerasValue Pool(KerasCall call, PoolKind kind)
    {
        Extent2D size = call.Settings.Extent("pool_size", 2);

        // Keras never counts the padding.
        var pool = new Pool2D(kind, size, call.Settings.Extent("strides", size), call.Settings.Padding(), CountPadding: false);
        return call.Add(pool, 3, call.Image);
    }

    private static KerasValue PoolAll(KerasCall call, PoolKind kind)
    {
        var pool = new AdaptivePool2D(kind, 1);
        return call.Settings.Flag("keepdims", false)
            ? call.Add(pool, 3, call.Image)
            : call.Network.Add($"{call.Name}.flatten", new Flatten(), 1, call.Add(pool, 3, call.Image));
    }

    private static KerasValue Activate(KerasCall call)
    {
        Layer? activation = KerasActivations.Find(KerasActivations.NameIn(call.Settings), call.Network.IsKeras3);
        RequireChannels(call, activation);
        return activation is null ? call.Input : call.Add(activation);
    }

    private static KerasValue Rectify(KerasCall call)
    {
        if (call.Settings.Number("threshold", 0) != 0)
        {
            throw new KerasProblem("has a threshold, which is not supported");
        }

        float slope = call.Settings.Number("negative_slope", 0);
        float? most = call.Settings.Find("max_value") is null ? null : call.Settings.Number("max_value", 0);
        return (slope, most) switch
        {
            (0, null) => call.Add(new ActivationLayer(Activation.Relu)),
            (0, { } limit) => call.Add(new ActivationLayer(Activation.Clip(0, limit))),
            (_, null) => call.Add(new ActivationLayer(Activation.LeakyRelu(slope))),
            (_, { } limit) => call.Network.Add(
                $"{call.Name}.clip", new ActivationLayer(Activation.Clip(float.NegativeInfinity, limit)), call.Input.Rank, call.Add(new ActivationLayer(Activation.LeakyRelu(slope)))),
        };
    }

    private static KerasValue Soften(KerasCall call)
    {
        RequireAxis(call, call.Settings.Find("axis") is null ? [-1] : call.Settings.Integers("axis"));
        var layer = new Softmax();
        RequireChannels(call, layer);
        return call.Add(layer);
    }

    private static KerasValue Drop(KerasCall call) => call.Add(new Dropout(call.Settings.Number("rate", 0)));

    private static KerasValue Combine(KerasCall call, BinaryOperation operation)
    {
        if (call.Inputs.Length < 2)
        {
            throw new KerasProblem($"reads {call.Inputs.Length} layers, where it should at least two");
        }

        KerasValue result = call.Inputs[0];
        for (int i = 1; i < call.Inputs.Length; i++)
        {
            // The last has the layer's name.
            string name = i == call.Inputs.Length - 1 ? call.Name : FormattableString.Invariant($"{call.Name}.{i}");
            result = call.Network.Add(name, new Binary(operation), Math.Max(result.Rank, call.Inputs[i].Rank), result, call.Inputs[i]);
        }

        return result;
    }

    private static KerasValue Average(KerasCall call)
    {
        KerasValue sum = Combine(call, BinaryOperation.Add);
        return call.Network.Add($"{call.Name}.mean", new BinaryConstant(BinaryOperation.Multiply, [1f / call.Inputs.Length]), sum.Rank, sum);
    }

    private static KerasValue Concatenate(KerasCall call)
    {
        RequireAxis(call, [call.Settings.Integer("axis", -1)]);
        return call.Add(new Concat(), call.Inputs[0].Rank, call.Inputs.AsSpan());
    }

    private static KerasValue Rescale(KerasCall call)
    {
        ImmutableArray<float> scale = call.Settings.Numbers("scale", 1);
        ImmutableArray<float> offset = call.Settings.Numbers("offset", 0);
        if ((scale.Length > 1 || offset.Length > 1) && call.Input.Rank != 1 && (call.Input.Rank != 3 || call.Network.IsChannelsFirst))
        {
            throw new KerasProblem("has a number for each column of its input, which is not supported");
        }

        KerasValue value = call.Add(new BinaryConstant(BinaryOperation.Multiply, scale));
        return offset is [0] ? value
            : call.Network.Add($"{call.Name}.offset", new BinaryConstant(BinaryOperation.Add, offset), value.Rank, value);
    }

    private static KerasValue Pad(KerasCall call)
    {
        System.Text.Json.JsonElement padding = call.Settings.Find("padding") ?? throw new KerasProblem("does not say its padding");
        ImmutableArray<int>[] sides = padding.ValueKind == System.Text.Json.JsonValueKind.Array
            ? [.. padding.EnumerateArray().Select(side => KerasSettings.ToIntegers(side, "padding"))]
            : [KerasSettings.ToIntegers(padding, "padding")];
        Padding pad = sides switch
        {
            [[var all]] => all,
            [[var rows], [var columns]] => new Padding(rows, columns, rows, columns),
            [[var top, var bottom], [var left, var right]] => new Padding(top, left, bottom, right),
            _ => throw new KerasProblem("has a padding that is not understood"),
        };
        return call.Add(new Pad2D(pad), 3, call.Image);
    }

    private static KerasValue Upsample(KerasCall call)
    {
        string interpolation = call.Settings.Text("interpolation", "nearest");
        return interpolation == "nearest"
            ? call.Add(new Upsample(call.Settings.Extent("size", 2)), 3, call.Image)
            : throw new KerasProblem($"interpolates by {WeightException.Quote(interpolation)}, but only 'nearest' is supported");
    }

    /// <summary>Demands that an axis is that of the channels, or of a vector's features; the batch is axis 0.</summary>
    public static void RequireAxis(KerasCall call, ImmutableArray<int> axes)
    {
        int rank = call.Inputs[0].Rank;
        int channels = rank == 3 && call.Network.IsChannelsFirst ? 1 : rank;
        if (axes is not [var axis] || (axis < 0 ? axis + rank + 1 : axis) != channels || rank == 2)
        {
            throw new KerasProblem($"works along axis {string.Join(", ", axes)}, but only the channels' is supported, {channels}");
        }
    }

    /// <summary>Demands of what works along the last axis that it is the channels'.</summary>
    public static void RequireChannels(KerasCall call, Layer? layer)
    {
        if (layer is Softmax or LogSoftmax && (call.Input.Rank == 2 || (call.Input.Rank == 3 && call.Network.IsChannelsFirst)))
        {
            throw new KerasProblem("works along the columns of its input, which is not supported");
        }
    }
}
