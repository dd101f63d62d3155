namespace Convoy.Backends;

/// <summary>Computes steps as their definitions read, in double precision: what a device's answers are held against.</summary>
internal interface IStepOracle
{
    /// <summary>One image of a step's output, in channel, row, column order.</summary>
    /// <param name="step">The step.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="inputs">One image of each of its inputs, in the same order.</param>
    double[] Compute(FusedStep step, StepWeights weights, ReadOnlyMemory<double>[] inputs);

    /// <summary>One number of a convolution's or a fully connected layer's output, before the activation.</summary>
    /// <param name="step">The step.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="input">One image of its input, in channel, row, column order.</param>
    /// <param name="channel">Which filter or feature.</param>
    /// <param name="row">Which row of the output.</param>
    /// <param name="column">Which column of the output.</param>
    double ComputeSum(FusedStep step, StepWeights weights, ReadOnlySpan<double> input, int channel, int row, int column);

    /// <summary>The step's activation, a function a channel; none where there is none.</summary>
    ImmutableArray<Func<double, double>> SelectActivation(FusedStep step, StepWeights weights);
}
