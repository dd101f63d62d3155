using System.Collections.Immutable;
using Convoy.Cli.Data;
using Convoy.Imaging;
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

    /// <summary>The name of trained weights that come in the package; null where none do.</summary>
    public string? PretrainedWeights { get; private init; }

    /// <summary>How images become the input; null where nobody says.</summary>
    public ImagePreset? Preset { get; private init; }

    /// <summary>The names of the classes, or none.</summary>
    public ImmutableArray<string> ClassNames { get; private init; } = [];

    /// <summary>Where preset and class names come from, as a sentence, where that is not obvious; else null.</summary>
    public string? Origin { get; private init; }

    /// <summary>What goes with the model where it is written to a file: the preset's name, and the names of the classes, a line each.</summary>
    public IReadOnlyDictionary<string, string> Metadata
    {
        get
        {
            var metadata = new Dictionary<string, string>();
            if (Preset is { } preset && ImagePreset.TryFind(preset.Name, out ImagePreset? named) && named == preset)
            {
                metadata[ModelNotes.PresetKey] = preset.Name;
            }

            if (!ClassNames.IsEmpty)
            {
                metadata[ModelNotes.LabelsKey] = string.Join('\n', ClassNames);
            }

            return metadata;
        }
    }

    /// <summary>The model as a file has it; of one of the catalogue's, the network's own input and outputs.</summary>
    public ModelFile File => _file ?? NetworkFile.Of(Network);

    /// <summary>One of the catalogue's.</summary>
    public static SelectedModel Of(ModelInfo model) => new(model.Title, model.CreateNetwork(), null)
    {
        PretrainedWeights = model.PretrainedWeights,
        Preset = ImagePreset.TryFind(model.ImagePreset, out ImagePreset? preset)
            ? preset
            : throw new ConvoyException($"There is no preset '{model.ImagePreset}', by which {model.Name} reads images."),
        ClassNames = model.ClassNames,
    };

    /// <summary>A file's.</summary>
    /// <exception cref="ModelFileException">The file, or what lies beside it, cannot be used.</exception>
    public static SelectedModel Read(string path, ModelFileOptions options)
    {
        ModelFile file = ModelFormats.Load(path, ModelFormatList.All, options);
        try
        {
            ModelNotes notes = ModelNotes.Find(path, file.Metadata);
            return new SelectedModel(Path.GetFileName(path), file.Network, file)
            {
                Preset = notes.Preset,
                ClassNames = notes.Labels,
                Origin = notes.Origin,
            };
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The same with a softmax behind its output, where that is a layer whose numbers are no probabilities, as most frameworks
    /// export classifiers; the model itself where they are. They share the file.
    /// </summary>
    public SelectedModel WithProbabilities(Terminal terminal)
    {
        Node output = Network.Output;
        if (_file is null || output.Layer is not (FullyConnected or Convolution2D or Flatten or AdaptivePool2D))
        {
            return this;
        }

        terminal.Note($"{Title} ends without a softmax; one is put behind its output '{output.Name}'.");
        const string Name = "softmax";
        string name = Network.Nodes.Any(node => node.Name == Name) ? $"{output.Name}.{Name}" : Name;
        return With(Network.Create(Network.Name, [.. Definitions, new NodeDefinition(name, new Softmax(), [output.Name])], name));
    }

    /// <summary>The same with the first of its outputs alone, for commands that score images; the model itself where there is one. They share the file.</summary>
    public SelectedModel WithOneOutput(Terminal terminal)
    {
        if (Network.Outputs.Length == 1)
        {
            return this;
        }

        terminal.Note(FormattableString.Invariant($"{Title} has {Network.Outputs.Length:N0} outputs; this command takes the first, '{Network.Output.Name}', and 'convoy run' all."));
        return With(Network.Create(Network.Name, Definitions, Network.Output.Name));
    }

    public void Dispose() => _file?.Dispose();

    private IEnumerable<NodeDefinition> Definitions =>
        Network.Nodes.Select(node => new NodeDefinition(node.Name, node.Layer, [.. node.Inputs.Select(input => input.Name)]));

    private SelectedModel With(Network network) => new(Title, network, _file)
    {
        PretrainedWeights = PretrainedWeights,
        Preset = Preset,
        ClassNames = ClassNames,
        Origin = Origin,
    };
}
