using Convoy.Layers;

namespace Convoy.Models;

/// <summary>
/// LeNet-5 (LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition", 1998, section
/// II-B), with full connectivity in conv2, plain averages for sub-sampling and a softmax for the radial-basis output.
/// </summary>
public static class LeNet5
{
    /// <summary>Builds the network. Input [1, 32, 32]: a 28 x 28 digit padded by 2; output: a probability for each class.</summary>
    public static Network Create(int classes = 10) => new NetworkBuilder("lenet5", Shape.Image(1, 32, 32))
        .Convolution("conv1", 6, kernel: 5, activation: Activation.Tanh)
        .AveragePool("pool1", 2, stride: 2)
        .Convolution("conv2", 16, kernel: 5, activation: Activation.Tanh)
        .AveragePool("pool2", 2, stride: 2)
        .Convolution("conv3", 120, kernel: 5, activation: Activation.Tanh)
        .FullyConnected("fc1", 84, activation: Activation.Tanh)
        .FullyConnected("fc2", classes)
        .Softmax("prob")
        .Build();
}
