using Convoy.ModelFiles;
using Convoy.Onnx;

namespace Convoy.Bench.Peers;

/// <summary>A model that the engines are compared on: one of the catalogue's, or a file, with its weights or random ones.</summary>
internal sealed class PeersModel : IDisposable
{
    private const int WeightSeed = 1;

    private PeersModel(string reference, Network network, WeightSet? weights)
    {
        Reference = reference;
        Network = network;
        Weights = weights ?? WeightSet.Random(network, WeightSeed);
    }

    /// <summary>The kinds of files, in the order in which they are asked.</summary>
    public static IReadOnlyList<IModelFormat> Formats { get; } = [new NetworkFile(), new OnnxFormat(), new KerasFormat()];

    /// <summary>The name or path it was asked for by.</summary>
    public string Reference { get; }

    public Network Network { get; }

    public WeightSet Weights { get; }

    /// <summary>Whether there is a model of that name, or a file.</summary>
    public static bool Exists(string reference) => ModelCatalog.TryFind(reference, out _) || Path.Exists(reference);

    /// <summary>Builds or reads a model.</summary>
    /// <exception cref="ModelFileException">The file cannot be used.</exception>
    public static PeersModel Open(string reference)
    {
        if (ModelCatalog.TryFind(reference, out ModelInfo? info))
        {
            return new PeersModel(reference, info.CreateNetwork(), info.PretrainedWeights is { } name ? PretrainedWeights.Open(name) : null);
        }

        ModelFile file = ModelFormats.Load(reference, Formats);
        return new PeersModel(reference, WithOneOutput(file.Network), file.Weights);
    }

    /// <summary>A model's network, without weights.</summary>
    /// <exception cref="ModelFileException">The file cannot be used.</exception>
    public static Network OpenNetwork(string reference)
    {
        if (ModelCatalog.TryFind(reference, out ModelInfo? info))
        {
            return info.CreateNetwork();
        }

        using ModelFile file = ModelFormats.Load(reference, Formats);
        return WithOneOutput(file.Network);
    }

    public void Dispose() => Weights.Dispose();

    /// <summary>Engines are compared by the first output; what only the others need is left out for both.</summary>
    private static Network WithOneOutput(Network network) => network.Outputs.Length == 1
        ? network
        : Network.Create(
            network.Name,
            network.Nodes.Select(node => new NodeDefinition(node.Name, node.Layer, [.. node.Inputs.Select(input => input.Name)])),
            network.Output.Name);
}
