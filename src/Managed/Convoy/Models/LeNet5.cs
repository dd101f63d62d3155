using Convoy.Layers;

namespace Convoy.Models;

/// <summary>
/// LeNet-5 (LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition", 1998, section
/// II-B), with full connectivity in conv2, plain averages for sub-sampling and a softmax for the radial-basis output.
/// </summary>
public static class LeNet5
{
    /// <summary>Builds the network. Input [1, 32, 32]: a 28 x 28 digit padded by 2; output: a probability for each class.</summary>
    public static Network Create(int classes = 10) => Create("lenet5", Activation.Tanh, PoolKind.Average, classes);

    /// <summary>Builds the form that most courses train today: ReLU for tanh, and the largest of each window instead of its mean.</summary>
    public static Network CreateRelu(int classes = 10) => Create("lenet5-relu", Activation.Relu, PoolKind.Max, classes);

    private static Network Create(string name, Activation activation, PoolKind pooling, int classes)
    {
        var pool = new Pool2D(pooling, Kernel: 2, Stride: 2, Padding: default);
        return new NetworkBuilder(name, Shape.Image(1, 32, 32))
            .Convolution("conv1", 6, kernel: 5, activation: activation)
            .Append("pool1", pool)
            .Convolution("conv2", 16, kernel: 5, activation: activation)
            .Append("pool2", pool)
            .Convolution("conv3", 120, kernel: 5, activation: activation)
            .FullyConnected("fc1", 84, activation: activation)
            .FullyConnected("fc2", classes)
            .Softmax("prob")
            .Build();
    }
}
