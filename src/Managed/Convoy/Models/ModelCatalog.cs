using System.Diagnostics.CodeAnalysis;

namespace Convoy.Models;

/// <summary>The networks Convoy knows by name. A new one is a row here; nothing else compares names.</summary>
public static class ModelCatalog
{
    private static readonly ImmutableArray<string> DigitNames = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

    /// <summary>The models, in alphabetical order of their names.</summary>
    public static IReadOnlyList<ModelInfo> All { get; } =
    [
        new("alexnet", "AlexNet", () => AlexNet.Create(), ImagePreset: "imagenet"),
        new("alexnet-bvlc", "AlexNet (BVLC)", () => CaffeNet.CreateAlexNet(), ImagePreset: "caffe"),
        new("alexnet-torchvision", "AlexNet (torchvision)", () => AlexNet.CreateTorchvision(), ImagePreset: "imagenet"),
        new("caffenet", "CaffeNet", () => CaffeNet.Create(), ImagePreset: "caffe"),
        new("lenet5", "LeNet-5", () => LeNet5.Create(), ImagePreset: "mnist")
        {
            ClassNames = DigitNames,
            PretrainedWeights = "lenet5",
        },
        new("lenet5-relu", "LeNet-5 (ReLU)", () => LeNet5.CreateRelu(), ImagePreset: "mnist") { ClassNames = DigitNames },
        new("mobilenet-v1", "MobileNet", () => MobileNet.Create(), ImagePreset: "inception"),
        new("resnet18", "ResNet-18", () => ResNet.Create(), ImagePreset: "imagenet"),
        new("squeezenet1.1", "SqueezeNet 1.1", () => SqueezeNet.Create(), ImagePreset: "imagenet"),
        new("vgg11", "VGG-11", () => Vgg.Create(), ImagePreset: "imagenet"),
    ];

    /// <summary>The models' names, in alphabetical order.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(model => model.Name)];

    /// <summary>Finds a model by its name, in upper or lower case.</summary>
    public static bool TryFind(string name, [NotNullWhen(true)] out ModelInfo? model)
    {
        model = All.FirstOrDefault(each => string.Equals(each.Name, name, StringComparison.OrdinalIgnoreCase));
        return model is not null;
    }
}
