using Convoy.Graph;

namespace Convoy.Backends.OpenCL.Convolutions;

/// <summary>A convolution or fully connected layer to be prepared.</summary>
/// <param name="Step">The layer's step.</param>
/// <param name="Weights">Its weights.</param>
/// <param name="Batch">The largest number of images.</param>
/// <param name="Algorithm">How it is computed: the candidate's name.</param>
/// <param name="Reason">Why it is computed as it is; null where there is but one way.</param>
internal readonly record struct ConvolutionTask(FusedStep Step, StepWeights Weights, int Batch, string Algorithm, string? Reason = null);
