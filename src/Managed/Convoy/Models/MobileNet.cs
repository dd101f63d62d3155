using Convoy.Layers;

namespace Convoy.Models;

/// <summary>
/// MobileNet (Howard et al., "MobileNets: efficient convolutional neural networks for mobile vision applications", 2017,
/// table 1, width and resolution multiplier 1). torchvision has none: names, padding, ReLU6 and epsilon are those of Keras'
/// published files, whose classifier is a convolution.
/// </summary>
public static class MobileNet
{
    private const float Epsilon = 1e-3f;

    private static readonly (int Filters, int Stride)[] Blocks =
    [
        (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1),
    ];

    /// <summary>Builds the network. Input [3, 224, 224]; output: a probability for each class.</summary>
    public static Network Create(int classes = 1000)
    {
        NetworkBuilder builder = new NetworkBuilder("mobilenet-v1", Shape.Image(3, 224, 224))
            .Convolution("conv1", 32, kernel: 3, stride: 2, padding: Padding.Same, bias: false)
            .BatchNormalization("conv1_bn", Epsilon)
            .Activate("conv1_relu", Activation.Relu6);
        int channels = 32;
        for (int i = 0; i < Blocks.Length; i++)
        {
            AddSeparable(builder, i + 1, channels, Blocks[i].Filters, Blocks[i].Stride);
            channels = Blocks[i].Filters;
        }

        return builder
            .GlobalAveragePool("global_average_pooling2d")
            .Dropout("dropout", 0.001f)
            .Convolution("conv_preds", classes, kernel: 1)
            .Flatten("reshape_2")
            .Softmax("prob")
            .Build();
    }

    /// <summary>A depthwise separable convolution (section 3.1): each channel by itself, then all channels of each pixel.</summary>
    private static void AddSeparable(NetworkBuilder builder, int number, int channels, int filters, int stride) => builder
        .Convolution($"conv_dw_{number}", channels, kernel: 3, stride: stride, padding: Padding.Same, groups: channels, bias: false)
        .BatchNormalization($"conv_dw_{number}_bn", Epsilon)
        .Activate($"conv_dw_{number}_relu", Activation.Relu6)
        .Convolution($"conv_pw_{number}", filters, kernel: 1, bias: false)
        .BatchNormalization($"conv_pw_{number}_bn", Epsilon)
        .Activate($"conv_pw_{number}_relu", Activation.Relu6);
}
