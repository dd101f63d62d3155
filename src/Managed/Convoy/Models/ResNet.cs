namespace Convoy.Models;

/// <summary>
/// ResNet-18 (He, Zhang, Ren and Sun, "Deep residual learning for image recognition", 2015, table 1), with the layer names of
/// torchvision's files.
/// </summary>
public static class ResNet
{
    /// <summary>Builds the network. Input [3, 224, 224]; output: a probability for each class.</summary>
    public static Network Create(int classes = 1000)
    {
        NetworkBuilder builder = new NetworkBuilder("resnet18", Shape.Image(3, 224, 224))
            .Convolution("conv1", 64, kernel: 7, stride: 2, padding: 3, bias: false)
            .BatchNormalization("bn1")
            .Relu("relu")
            .MaxPool("maxpool", 3, stride: 2, padding: 1);
        int[] filters = [64, 128, 256, 512];
        for (int stage = 0; stage < filters.Length; stage++)
        {
            AddBlock(builder, $"layer{stage + 1}.0", filters[stage], isShrinking: stage > 0);
            AddBlock(builder, $"layer{stage + 1}.1", filters[stage], isShrinking: false);
        }

        return builder
            .GlobalAveragePool("avgpool")
            .FullyConnected("fc", classes)
            .Softmax("prob")
            .Build();
    }

    /// <summary>Two convolutions whose result is added to the block's input (section 3.2), or to its projection where the block shrinks the map.</summary>
    private static void AddBlock(NetworkBuilder builder, string name, int filters, bool isShrinking)
    {
        string input = builder.Last;
        int stride = isShrinking ? 2 : 1;
        string residual = builder
            .Convolution($"{name}.conv1", filters, kernel: 3, stride: stride, padding: 1, bias: false)
            .BatchNormalization($"{name}.bn1")
            .Relu($"{name}.relu1")
            .Convolution($"{name}.conv2", filters, kernel: 3, padding: 1, bias: false)
            .BatchNormalization($"{name}.bn2")
            .Last;
        string shortcut = isShrinking
            ? builder.From(input)
                .Convolution($"{name}.downsample.0", filters, kernel: 1, stride: stride, bias: false)
                .BatchNormalization($"{name}.downsample.1")
                .Last
            : input;
        builder.Add($"{name}.add", residual, shortcut).Relu($"{name}.relu2");
    }
}
