using Convoy.Layers;

namespace Convoy.ModelFiles.Keras;

/// <summary>Keras' layers with weights.</summary>
internal static class KerasWeightedLayers
{
    /// <summary>Conv2D.</summary>
    public static KerasValue Convolve(KerasCall call)
    {
        KerasSettings settings = call.Settings;
        var layer = new Convolution2D(
            settings.Integer("filters"),
            settings.Extent("kernel_size"),
            settings.Extent("strides", 1),
            settings.Padding(),
            settings.Extent("dilation_rate", 1),
            settings.Integer("groups", 1),
            settings.Flag("use_bias", true));
        return call.Activate(call.Add(layer, 3, call.Image));
    }

    /// <summary>DepthwiseConv2D: as many groups as there are channels.</summary>
    public static KerasValue ConvolveDepthwise(KerasCall call) =>
        call.Activate(AddDepthwise(call, call.Name, call.Settings.Flag("use_bias", true)));

    /// <summary>SeparableConv2D: a depthwise convolution, then one of 1 x 1.</summary>
    public static KerasValue ConvolveSeparably(KerasCall call)
    {
        KerasValue depthwise = AddDepthwise(call, $"{call.Name}.depthwise", hasBias: false);
        var pointwise = new Convolution2D(call.Settings.Integer("filters"), 1, 1, default, 1, 1, call.Settings.Flag("use_bias", true));
        return call.Activate(call.Network.Add($"{call.Name}.pointwise", pointwise, 3, depthwise));
    }

    /// <summary>Dense, of a vector.</summary>
    public static KerasValue Connect(KerasCall call)
    {
        KerasValue input = call.Input;
        if (input.Rank != 1)
        {
            throw new KerasProblem($"reads {input.Rank} extents, but is supported behind a vector alone; put a Flatten before it");
        }

        KerasValue value = call.Add(new FullyConnected(call.Settings.Integer("units"), call.Settings.Flag("use_bias", true)), 1, input) with { Map = null };
        if (input.Map is { } map)
        {
            call.Network.Turned.Add(value.Node, map);
        }

        return call.Activate(value);
    }

    /// <summary>BatchNormalization.</summary>
    public static KerasValue Normalize(KerasCall call)
    {
        KerasLayers.RequireAxis(call, call.Settings.Find("axis") is null ? [-1] : call.Settings.Integers("axis"));
        return call.Add(new BatchNormalization(call.Settings.Number("epsilon", 1e-3f)));
    }

    /// <summary>PReLU with one slope a channel.</summary>
    public static KerasValue Slope(KerasCall call)
    {
        KerasValue input = call.Input;
        ImmutableArray<int> shared = call.Settings.Find("shared_axes") is null ? [] : call.Settings.Integers("shared_axes");
        bool isByChannel = input.Rank == 1 ? shared.IsEmpty
            : input.Rank == 3 && shared.Order().SequenceEqual(call.Network.IsChannelsFirst ? [2, 3] : [1, 2]);
        return isByChannel
            ? call.Add(new ActivationLayer(Activation.ParametricRelu))
            : throw new KerasProblem("does not share its slopes over rows and columns, which is not supported");
    }

    private static KerasValue AddDepthwise(KerasCall call, string name, bool hasBias)
    {
        KerasSettings settings = call.Settings;
        KerasValue image = call.Image;
        int channels = image.Shape.Channels;
        var layer = new Convolution2D(
            checked(channels * settings.Integer("depth_multiplier", 1)),
            settings.Extent("kernel_size"),
            settings.Extent("strides", 1),
            settings.Padding(),
            settings.Extent("dilation_rate", 1),
            channels,
            hasBias);
        return call.Network.Add(name, layer, 3, image);
    }
}
