namespace Convoy.Backends.Native;

/// <summary>What a session leaves to the native backend's planning, or settles.</summary>
/// <param name="Isa">The instruction set of the kernels.</param>
/// <param name="Convolution">How convolutions are computed.</param>
/// <param name="TakesBytes">Whether images may come as bytes, channels last.</param>
internal readonly record struct NativeChoices(InstructionSet Isa, ConvolutionAlgorithm Convolution = ConvolutionAlgorithm.Auto, bool TakesBytes = false);
