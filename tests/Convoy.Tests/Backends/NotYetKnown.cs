using Convoy.Tests.Cases;

namespace Convoy.Tests.Backends;

/// <summary>
/// What backends do not know yet, and so refuse by name: a line each, which goes when it is known. With none left, this file
/// goes too.
/// </summary>
internal static class NotYetKnown
{
    /// <summary>Whether a backend does not know a case yet.</summary>
    public static bool Has(string backend, OperatorCase operatorCase) => Has(backend, operatorCase.Layer, operatorCase.Function);

    /// <summary>Whether a device's backend does not know a step of a network yet.</summary>
    public static bool Has(Device device, Network network) =>
        StepGraph.Create(network).Steps.Any(step => Has(device.Name.Split(':')[0], step.Layer, step.Activation));

    /// <summary>Skips aloud a network that a device's backend does not know yet, once it was refused.</summary>
    public static void Skip(Device device, Network network, WeightSet weights)
    {
        if (Has(device, network))
        {
            Assert.That(
                () => network.Compile(device, weights).Dispose(),
                Throws.InstanceOf<BackendException>().With.Message.Contains("does not know"),
                "What compiles is known: it is to be taken off the list.");
            Assert.Ignore($"Skipped: '{device.Name}' does not know a layer of '{network.Name}' yet, and refuses it.");
        }
    }

    private static bool Has(string backend, Layer layer, Activation activation) => backend switch
    {
        "native" => activation.Kind > ActivationKind.Tanh || IsLater(layer),
        "opencl" or "reference" => false,
        _ => throw new ArgumentException($"There is no backend '{backend}'.", nameof(backend)),
    };

    private static bool IsLater(Layer layer) =>
        layer is Binary { Operation: not BinaryOperation.Add } or BinaryConstant or AdaptivePool2D { Kind: PoolKind.Max } or Pad2D or LogSoftmax;
}
