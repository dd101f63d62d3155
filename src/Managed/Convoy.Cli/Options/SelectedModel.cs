using Convoy.Cli.Data;
using Convoy.Layers;
using Convoy.ModelFiles;

namespace Convoy.Cli.Options;

/// <summary>The model a command was asked for, with what is known of how to use it. Disposing of it closes its file.</summary>
internal sealed class SelectedModel : IDisposable
{
    private readonly ModelFile? _file;

    private SelectedModel(string title, Network network, ModelFile? file)
    {
        Title = title;
        Network = network;
        _file = file;
    }

    /// <summary>The name as people write it: "LeNet-5", or the file's.</summary>
    public string Title { get; }

    /// <summary>The network's name.</summary>
    public string Name => Network.Name;

    /// <summary>The network.</summary>
    public Network Network { get; private init; }

    /// <summary>The weights that the model's own file has; null where there is none, or none in it.</summary>
    public WeightSet? OwnWeights => _file?.Weights;

    /// <summary>How those were found in the file; null where they need no finding.</summary>
    public WeightFit? OwnFit => _file?.Fit;

    /// <summary>The name of trained weights that come in the package; null where none do.</summary>
    public string? PretrainedWeights { get; private init; }

    /// <summary>What is known of how to use it.</summary>
    public required ModelUse Use { get; init; }

    /// <summary>The model as a file has it; of one of the catalogue's, the network's own input and outputs.</summary>
    public ModelFile File => _file ?? NetworkFile.Of(Network);

    /// <summary>One of the catalogue's.</summary>
    public static SelectedModel Of(ModelInfo model) => new(model.Title, model.CreateNetwork(), null)
    {
        PretrainedWeights = model.PretrainedWeights,
        Use = ModelUse.Of(model),
    };

    /// <summary>A file's.</summary>
    /// <exception cref="ModelFileException">The file cannot be used.</exception>
    public static SelectedModel Read(string path, ModelFileOptions options)
    {
        ModelFile file = ModelFormats.Load(path, ModelFormatList.All, options);
        return new SelectedModel(Path.GetFileName(path), file.Network, file) { Use = ModelUse.Of(new ModelNotes(path, file.Metadata)) };
    }

    /// <summary>
    /// The same with a softmax behind its output, unless it ends in probabilities already: in a softmax, or in a sigmoid, which gives
    /// each class a probability of its own. Most frameworks export classifiers without, and the softmax of logarithms of probabilities
    /// is the probabilities. They share the file.
    /// </summary>
    public SelectedModel WithProbabilities(Terminal terminal)
    {
        Node output = Network.Output;
        if (EndsInProbabilities(output))
        {
            return this;
        }

        terminal.Note($"The output '{File.Outputs[0].Name}' of {Title} ends without a softmax; one is put behind it.");
        var nodes = new List<NodeDefinition>(Definitions);
        if (output.Shape.Height * output.Shape.Width > 1)
        {
            // The classes are all its numbers, and not its channels.
            Append("flatten", new Flatten());
        }

        string name = Append("softmax", new Softmax());
        return With(Network.Create(Network.Name, nodes, name));

        string Append(string word, Layer layer)
        {
            string name = nodes.Any(node => node.Name == word) ? $"{output.Name}.{word}" : word;
            nodes.Add(new NodeDefinition(name, layer, [nodes.Count == Network.Nodes.Length ? output.Name : nodes[^1].Name]));
            return name;
        }
    }

    /// <summary>The same with the first of its outputs alone, for commands that score images; the model itself where there is one. They share the file.</summary>
    public SelectedModel WithOneOutput(Terminal terminal)
    {
        if (Network.Outputs.Length == 1)
        {
            return this;
        }

        terminal.Note(FormattableString.Invariant($"{Title} has {Network.Outputs.Length:N0} outputs; this command takes the first, '{File.Outputs[0].Name}', and 'convoy run' all."));
        return With(Network.Create(Network.Name, Definitions, Network.Output.Name));
    }

    public void Dispose() => _file?.Dispose();

    private IEnumerable<NodeDefinition> Definitions =>
        Network.Nodes.Select(node => new NodeDefinition(node.Name, node.Layer, [.. node.Inputs.Select(input => input.Name)]));

    /// <summary>Whether a network's last numbers are probabilities, which may have been put in another shape or order since.</summary>
    private static bool EndsInProbabilities(Node output)
    {
        while (output.Layer is Dropout or Flatten or Unflatten or Transpose)
        {
            output = output.Inputs[0];
        }

        return output.Layer is Softmax or ActivationLayer { Function.Kind: ActivationKind.Sigmoid };
    }

    private SelectedModel With(Network network) => new(Title, network, _file) { PretrainedWeights = PretrainedWeights, Use = Use };
}
