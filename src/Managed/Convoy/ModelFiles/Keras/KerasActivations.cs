using System.Text.Json;
using Convoy.Layers;
using Convoy.Weights;
using Convoy.Weights.Formats.Keras;

namespace Convoy.ModelFiles.Keras;

/// <summary>Activations by the names that Keras has for them (keras.activations).</summary>
internal static class KerasActivations
{
    /// <summary>The layer for a name; null for one that changes nothing.</summary>
    /// <param name="name">The name.</param>
    /// <param name="isKeras3">Whether Keras 3 is meant, whose hard sigmoid is another.</param>
    /// <exception cref="KerasProblem">There is none.</exception>
    public static Layer? Find(string name, bool isKeras3) => name switch
    {
        "linear" => null,
        "relu" => new ActivationLayer(Activation.Relu),
        "relu6" => new ActivationLayer(Activation.Relu6),
        "leaky_relu" => new ActivationLayer(Activation.LeakyRelu(0.2f)),
        "tanh" => new ActivationLayer(Activation.Tanh),
        "sigmoid" => new ActivationLayer(Activation.Sigmoid),
        "hard_sigmoid" => new ActivationLayer(isKeras3 ? Activation.HardSigmoid(1f / 6, 0.5f) : Activation.HardSigmoid(0.2f, 0.5f)),
        "elu" => new ActivationLayer(Activation.Elu()),
        "selu" => new ActivationLayer(Activation.Selu()),
        "gelu" => new ActivationLayer(Activation.Gelu),
        "softplus" => new ActivationLayer(Activation.Softplus),
        "swish" or "silu" => new ActivationLayer(Activation.Silu),
        "hard_swish" or "hard_silu" => new ActivationLayer(Activation.HardSwish),
        "softmax" => new Softmax(),
        "log_softmax" => new LogSoftmax(),
        _ => throw new KerasProblem($"has the activation {WeightException.Quote(name)}, which is not supported"),
    };

    /// <summary>The name in a setting, which is a text, or an object around one.</summary>
    public static string NameIn(KerasSettings settings)
    {
        if (settings.Find("activation") is not { } activation)
        {
            return "linear";
        }

        if (activation.ValueKind == JsonValueKind.String)
        {
            return activation.GetString()!;
        }

        // A function that is registered, or a layer that serves as one; of the latter those without settings of their own.
        return KerasConfiguration.Text(activation, "config")
            ?? (KerasConfiguration.Text(activation, "class_name") is { } type and not "function"
                ? throw new KerasProblem($"has a layer of the class {WeightException.Quote(type)} for its activation; put that behind it")
                : throw new KerasProblem("has an activation without a name"));
    }
}
