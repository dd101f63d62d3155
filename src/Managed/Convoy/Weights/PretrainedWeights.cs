using System.Reflection;

namespace Convoy.Weights;

/// <summary>The trained weights that come inside the package: every file in this folder is found by its name.</summary>
public static class PretrainedWeights
{
    /// <summary>
    /// Weights of LeNet-5 trained on MNIST's 60,000 training digits. They read pixels divided by 255, background 0, padded
    /// from 28 x 28 to 32 x 32.
    /// </summary>
    public static WeightSet LeNet5() => Open("lenet5");

    /// <summary>Opens the weights of a name, such as "lenet5".</summary>
    /// <exception cref="ArgumentException">No weights of this name come in the package.</exception>
    public static WeightSet Open(string name)
    {
        using Stream resource = Assembly.GetExecutingAssembly().GetManifestResourceStream($"Convoy.Weights.{name}.safetensors")
            ?? throw new ArgumentException($"No trained weights of the name '{name}' come in the package.", nameof(name));
        return WeightSet.Load(resource, $"{name} (trained, in the package)");
    }
}
