using System.Diagnostics.CodeAnalysis;

namespace Convoy.Models;

/// <summary>The networks Convoy knows by name. A new one is a row here; nothing else compares names.</summary>
public static class ModelCatalog
{
    /// <summary>The models, in alphabetical order of their names.</summary>
    public static IReadOnlyList<ModelInfo> All { get; } =
    [
        new("alexnet", "AlexNet", () => AlexNet.Create(), ImagePreset: "imagenet"),
        new("lenet5", "LeNet-5", () => LeNet5.Create(), ImagePreset: "mnist")
        {
            ClassNames = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
            PretrainedWeights = "lenet5",
        },
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
