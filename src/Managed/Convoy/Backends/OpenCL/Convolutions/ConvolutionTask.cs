using Convoy.Layers;

namespace Convoy.Backends.OpenCL.Convolutions;

/// <summary>A convolution as algorithms plan it.</summary>
/// <param name="Step">The step.</param>
/// <param name="Layer">Its layer.</param>
/// <param name="Batch">The batch size.</param>
internal sealed record ConvolutionLayer(FusedStep Step, Convolution2D Layer, int Batch)
{
    /// <summary>One image of its input.</summary>
    public Shape Input => Step.InputShapes[0];
}

/// <summary>What an algorithm does once it is chosen.</summary>
/// <param name="Prepare">Packs the weights and makes the launches.</param>
/// <param name="PoolsAsItStores">Whether it can do pooling of windows side by side before it stores.</param>
internal sealed record ConvolutionPlan(Func<ConvolutionTask, PreparedOpenClRegion> Prepare, bool PoolsAsItStores = false);

/// <summary>A convolution or fully connected layer to be prepared.</summary>
/// <param name="Step">The layer's step.</param>
/// <param name="Pool">The step that pools its output, where that is part of the region.</param>
/// <param name="Weights">Its weights.</param>
/// <param name="Batch">The largest number of images.</param>
/// <param name="Algorithm">How it is computed: the algorithm's name.</param>
/// <param name="Reason">Why it is computed as it is; null where there is but one way.</param>
internal sealed record ConvolutionTask(FusedStep Step, FusedStep? Pool, StepWeights Weights, int Batch, string Algorithm, string? Reason = null)
{
    /// <summary>One image of what the region writes.</summary>
    public Shape Output => Pool?.OutputShape ?? Step.OutputShape;
}
