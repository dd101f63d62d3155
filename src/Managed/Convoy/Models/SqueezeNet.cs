using Convoy.Layers;

namespace Convoy.Models;

/// <summary>
/// SqueezeNet 1.1 (Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and less than 0.5 MB model
/// size", 2016, in its authors' later, faster form), with the layer names of torchvision's files.
/// </summary>
public static class SqueezeNet
{
    /// <summary>Builds the network. Input [3, 224, 224]; output: a probability for each class.</summary>
    public static Network Create(int classes = 1000)
    {
        NetworkBuilder builder = new NetworkBuilder("squeezenet1.1", Shape.Image(3, 224, 224))
            .Convolution("features.0", 64, kernel: 3, stride: 2, activation: Activation.Relu)
            .MaxPool("features.2", 3, stride: 2, ceilMode: true);
        AddFire(builder, "features.3", squeezed: 16, expanded: 64);
        AddFire(builder, "features.4", squeezed: 16, expanded: 64);
        builder.MaxPool("features.5", 3, stride: 2, ceilMode: true);
        AddFire(builder, "features.6", squeezed: 32, expanded: 128);
        AddFire(builder, "features.7", squeezed: 32, expanded: 128);
        builder.MaxPool("features.8", 3, stride: 2, ceilMode: true);
        AddFire(builder, "features.9", squeezed: 48, expanded: 192);
        AddFire(builder, "features.10", squeezed: 48, expanded: 192);
        AddFire(builder, "features.11", squeezed: 64, expanded: 256);
        AddFire(builder, "features.12", squeezed: 64, expanded: 256);
        return builder
            .Dropout("classifier.0", 0.5f)
            .Convolution("classifier.1", classes, kernel: 1, activation: Activation.Relu)
            .GlobalAveragePool("classifier.3")
            .Flatten("flatten")
            .Softmax("prob")
            .Build();
    }

    /// <summary>A fire module (section 3.2): few 1 x 1 filters feed 1 x 1 and 3 x 3 ones, whose outputs stand side by side.</summary>
    private static void AddFire(NetworkBuilder builder, string name, int squeezed, int expanded)
    {
        string squeeze = builder.Convolution($"{name}.squeeze", squeezed, kernel: 1, activation: Activation.Relu).Last;
        string narrow = builder.From(squeeze).Convolution($"{name}.expand1x1", expanded, kernel: 1, activation: Activation.Relu).Last;
        string wide = builder.From(squeeze).Convolution($"{name}.expand3x3", expanded, kernel: 3, padding: 1, activation: Activation.Relu).Last;
        builder.Concat($"{name}.concat", narrow, wide);
    }
}
