namespace Convoy.Backends;

/// <summary>
/// The trained numbers of a fused step, batch normalisation already folded in: the kernel in its published order
/// ([filters, channels / groups, kernel height, kernel width], or [features, inputs] with the inputs in channel, height,
/// width order) and the bias. Both are empty for layers without weights; the bias is empty for layers without one. The
/// slopes, a number a channel, are those of an activation that has some.
/// </summary>
internal readonly record struct StepWeights(ReadOnlyMemory<float> Kernel, ReadOnlyMemory<float> Bias, ReadOnlyMemory<float> Slopes = default);
