using Convoy.Layers;

namespace Convoy.Weights;

/// <summary>
/// Seeded random weights that keep a signal's variance from layer to layer: sqrt(2 / fan-in) as the deviation before a
/// ReLU (K. He et al., "Delving deep into rectifiers", 2015, equation 10), sqrt(1 / fan-in) before a tanh (Y. LeCun et al.,
/// "Efficient backprop", 1998, section 4.6). Biases are small but not zero, and what normalisations learn is near the identity
/// but not on it, so that leaving one out shows.
/// </summary>
internal static class RandomWeights
{
    private const float BiasDeviation = 0.01f;
    private const float NormalizationDeviation = 0.1f;

    // Where He et al. let a parametric ReLU begin (section 2.1), apart enough that a channel mistaken for another shows.
    private const float SlopeMean = 0.25f;
    private const float SlopeDeviation = 0.1f;

    /// <summary>Every tensor a network needs, in its order.</summary>
    public static IEnumerable<(string Name, Shape Shape, float[] Values)> Create(Network network, int seed, Action<long>? progress = null)
    {
        HashSet<Node> beforeTanh = FindNodesBeforeTanh(network);
        return
            from node in network.Nodes
            from parameter in node.Parameters
            select (node.QualifiedName(parameter), parameter.Shape, CreateTensor(node, parameter, beforeTanh.Contains(node), seed, progress));
    }

    private static float[] CreateTensor(Node node, LayerParameter parameter, bool isBeforeTanh, int seed, Action<long>? progress)
    {
        string name = node.QualifiedName(parameter);
        long count = parameter.Shape.Count;
        if (count > WeightSet.MaxTensorBytes / sizeof(float))
        {
            throw new WeightException($"The tensor '{name}' of shape {parameter.Shape} is larger than 2 GiB, the most that one tensor may take.");
        }

        float[] values = NormalNumbers.Create(seed, name, (int)count, progress);
        (float mean, float deviation) = ChooseMoments(node, parameter, isBeforeTanh);
        bool isVariance = parameter.Name == "running_var";
        foreach (ref float value in values.AsSpan())
        {
            value = mean + (deviation * value);

            // A square is positive, as a variance has to be.
            value = isVariance ? value * value : value;
        }

        return values;
    }

    private static (float Mean, float Deviation) ChooseMoments(Node node, LayerParameter parameter, bool isBeforeTanh)
    {
        if (node.Layer is BatchNormalization or InstanceNormalization)
        {
            return (parameter.Name is "weight" or "running_var" ? 1 : 0, NormalizationDeviation);
        }

        if (node.Layer is ActivationLayer)
        {
            return (SlopeMean, SlopeDeviation);
        }

        if (parameter.Shape.Rank < 2)
        {
            return (0, BiasDeviation);
        }

        double fanIn = parameter.Shape.Count / parameter.Shape[0];
        return (0, (float)Math.Sqrt((isBeforeTanh ? 1 : 2) / fanIn));
    }

    /// <summary>The nodes whose output reaches a tanh before it meets other weights or another activation.</summary>
    private static HashSet<Node> FindNodesBeforeTanh(Network network)
    {
        var found = new HashSet<Node>();
        foreach (Node node in network.Nodes.Reverse())
        {
            bool passesOn = node.Layer is not ActivationLayer && node.Parameters.All(parameter => parameter.Shape.Rank < 2);
            if (node.Layer is ActivationLayer { Function.Kind: ActivationKind.Tanh } || (passesOn && found.Contains(node)))
            {
                found.UnionWith(node.Inputs);
            }
        }

        return found;
    }
}
