using Convoy.Weights.Formats.Hdf5;

namespace Convoy.Weights.Formats.Keras;

/// <summary>What a variable is to its layer.</summary>
internal enum KerasRole
{
    /// <summary>Nothing that a layer of ours has.</summary>
    Other,
    Kernel,
    DepthwiseKernel,
    PointwiseKernel,
    Bias,
    Gamma,
    Beta,
    MovingMean,
    MovingVariance,
    Slopes,
}

/// <summary>A trained array, as it stands in a file.</summary>
/// <param name="Layer">The layer's name in a network.</param>
/// <param name="Role">What it is to the layer.</param>
/// <param name="IsSeparable">Whether the layer is two convolutions in one, as a depthwise and a pointwise kernel make it.</param>
/// <param name="Name">Its own name: "kernel".</param>
/// <param name="Data">Its dataset.</param>
internal sealed record KerasVariable(string Layer, KerasRole Role, bool IsSeparable, string Name, Hdf5Object Data)
{
    /// <summary>The role that a name says, which other layers' variables may have as well.</summary>
    public static KerasRole RoleOf(string name) => name switch
    {
        "kernel" => KerasRole.Kernel,
        "depthwise_kernel" => KerasRole.DepthwiseKernel,
        "pointwise_kernel" => KerasRole.PointwiseKernel,
        "bias" => KerasRole.Bias,
        "gamma" => KerasRole.Gamma,
        "beta" => KerasRole.Beta,
        "moving_mean" => KerasRole.MovingMean,
        "moving_variance" => KerasRole.MovingVariance,
        "alpha" => KerasRole.Slopes,
        _ => KerasRole.Other,
    };

    /// <summary>
    /// The roles of a layer's variables where they have numbers for names; null where its class is not known, or where it takes
    /// the configuration to say.
    /// </summary>
    /// <param name="type">The class as files name it: "batch_normalization".</param>
    /// <param name="count">How many variables there are.</param>
    /// <param name="layer">The layer's configuration, where it is known.</param>
    public static ImmutableArray<KerasRole>? RolesOf(string type, int count, KerasLayer? layer)
    {
        bool IsSet(string setting) => layer is null || KerasConfiguration.Member(layer.Settings, setting) is not { ValueKind: System.Text.Json.JsonValueKind.False };
        return type switch
        {
            "conv2d" or "dense" => [KerasRole.Kernel, KerasRole.Bias],
            "depthwise_conv2d" => [KerasRole.DepthwiseKernel, KerasRole.Bias],
            "separable_conv2d" => [KerasRole.DepthwiseKernel, KerasRole.PointwiseKernel, KerasRole.Bias],
            "group_normalization" when count == 2 => [KerasRole.Gamma, KerasRole.Beta],
            "p_re_lu" => [KerasRole.Slopes],
            "batch_normalization" when layer is not null || count is 2 or 4 =>
            [
                .. IsSet("scale") && count > 2 ? [KerasRole.Gamma] : ImmutableArray<KerasRole>.Empty,
                .. IsSet("center") && count > 2 ? [KerasRole.Beta] : ImmutableArray<KerasRole>.Empty,
                KerasRole.MovingMean,
                KerasRole.MovingVariance,
            ],
            _ => null,
        };
    }
}
