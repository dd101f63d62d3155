using Convoy.Layers;

namespace Convoy.Models;

/// <summary>
/// AlexNet (Krizhevsky, Sutskever and Hinton, "ImageNet classification with deep convolutional neural networks", 2012) in
/// its single-tower form without local response normalisation.
/// </summary>
public static class AlexNet
{
    /// <summary>Builds the network. Input [3, 227, 227]; output: a probability for each class.</summary>
    public static Network Create(int classes = 1000) => new NetworkBuilder("alexnet", Shape.Image(3, 227, 227))
        .Convolution("conv1", 96, kernel: 11, stride: 4, activation: Activation.Relu)
        .MaxPool("pool1", 3, stride: 2)
        .Convolution("conv2", 256, kernel: 5, padding: 2, activation: Activation.Relu)
        .MaxPool("pool2", 3, stride: 2)
        .Convolution("conv3", 384, kernel: 3, padding: 1, activation: Activation.Relu)
        .Convolution("conv4", 384, kernel: 3, padding: 1, activation: Activation.Relu)
        .Convolution("conv5", 256, kernel: 3, padding: 1, activation: Activation.Relu)
        .MaxPool("pool5", 3, stride: 2)
        .Dropout("drop6", 0.5f)
        .FullyConnected("fc6", 4096, activation: Activation.Relu)
        .Dropout("drop7", 0.5f)
        .FullyConnected("fc7", 4096, activation: Activation.Relu)
        .FullyConnected("fc8", classes)
        .Softmax("prob")
        .Build();

    /// <summary>
    /// Builds torchvision's form (Krizhevsky, "One weird trick for parallelizing convolutional neural networks", 2014, as
    /// torchvision has it), with the layer names of its files. Input [3, 224, 224]; output: a probability for each class.
    /// </summary>
    public static Network CreateTorchvision(int classes = 1000) => new NetworkBuilder("alexnet-torchvision", Shape.Image(3, 224, 224))
        .Convolution("features.0", 64, kernel: 11, stride: 4, padding: 2, activation: Activation.Relu)
        .MaxPool("features.2", 3, stride: 2)
        .Convolution("features.3", 192, kernel: 5, padding: 2, activation: Activation.Relu)
        .MaxPool("features.5", 3, stride: 2)
        .Convolution("features.6", 384, kernel: 3, padding: 1, activation: Activation.Relu)
        .Convolution("features.8", 256, kernel: 3, padding: 1, activation: Activation.Relu)
        .Convolution("features.10", 256, kernel: 3, padding: 1, activation: Activation.Relu)
        .MaxPool("features.12", 3, stride: 2)
        .AdaptiveAveragePool("avgpool", 6)
        .Dropout("classifier.0", 0.5f)
        .FullyConnected("classifier.1", 4096, activation: Activation.Relu)
        .Dropout("classifier.3", 0.5f)
        .FullyConnected("classifier.4", 4096, activation: Activation.Relu)
        .FullyConnected("classifier.6", classes)
        .Softmax("prob")
        .Build();
}
