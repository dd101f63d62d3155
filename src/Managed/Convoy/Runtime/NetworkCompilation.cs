using Convoy.Backends;
using Convoy.Weights;

namespace Convoy.Runtime;

/// <summary>Compiling networks.</summary>
public static class NetworkCompilation
{
    /// <summary>
    /// Compiles a network for a device: fuses it, chooses algorithms, packs the weights, plans the memory. The weights are not
    /// needed afterwards.
    /// </summary>
    /// <exception cref="WeightException">The weights do not fit the network; the sentence names the tensors.</exception>
    /// <exception cref="BackendException">The device cannot compute the network, or cannot store a weight as asked; the sentence says which.</exception>
    /// <exception cref="DeviceException">The device cannot be used.</exception>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static InferenceSession Compile(this Network network, Device device, WeightSet weights, SessionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(weights);
        return InferenceSession.Create(network, device, weights, options ?? new SessionOptions());
    }
}
