using Convoy.Layers;

namespace Convoy.Models;

/// <summary>
/// VGG-11 (Simonyan and Zisserman, "Very deep convolutional networks for large-scale image recognition", 2014, table 1,
/// configuration A), with the layer names of torchvision's files.
/// </summary>
public static class Vgg
{
    /// <summary>Builds the network. Input [3, 224, 224]; output: a probability for each class.</summary>
    public static Network Create(int classes = 1000) => new NetworkBuilder("vgg11", Shape.Image(3, 224, 224))
        .Convolution("features.0", 64, kernel: 3, padding: 1, activation: Activation.Relu)
        .MaxPool("features.2", 2, stride: 2)
        .Convolution("features.3", 128, kernel: 3, padding: 1, activation: Activation.Relu)
        .MaxPool("features.5", 2, stride: 2)
        .Convolution("features.6", 256, kernel: 3, padding: 1, activation: Activation.Relu)
        .Convolution("features.8", 256, kernel: 3, padding: 1, activation: Activation.Relu)
        .MaxPool("features.10", 2, stride: 2)
        .Convolution("features.11", 512, kernel: 3, padding: 1, activation: Activation.Relu)
        .Convolution("features.13", 512, kernel: 3, padding: 1, activation: Activation.Relu)
        .MaxPool("features.15", 2, stride: 2)
        .Convolution("features.16", 512, kernel: 3, padding: 1, activation: Activation.Relu)
        .Convolution("features.18", 512, kernel: 3, padding: 1, activation: Activation.Relu)
        .MaxPool("features.20", 2, stride: 2)
        .AdaptiveAveragePool("avgpool", 7)
        .FullyConnected("classifier.0", 4096, activation: Activation.Relu)
        .Dropout("classifier.2", 0.5f)
        .FullyConnected("classifier.3", 4096, activation: Activation.Relu)
        .Dropout("classifier.5", 0.5f)
        .FullyConnected("classifier.6", classes)
        .Softmax("prob")
        .Build();
}
