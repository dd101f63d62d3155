using System.Reflection;

namespace Convoy.Weights;

/// <summary>The trained weights that come inside the package.</summary>
public static class PretrainedWeights
{
    /// <summary>
    /// Weights of LeNet-5 trained on MNIST's 60,000 training digits. They read pixels divided by 255, background 0, padded
    /// from 28 x 28 to 32 x 32.
    /// </summary>
    public static WeightSet LeNet5() => Load("lenet5");

    private static WeightSet Load(string model)
    {
        using Stream resource = Assembly.GetExecutingAssembly().GetManifestResourceStream($"Convoy.Weights.{model}.safetensors")
            ?? throw new InvalidOperationException($"The assembly was built without the weights of '{model}'.");
        return WeightSet.Load(resource, $"{model} (trained, in the package)");
    }
}
