using System.Collections.Immutable;
using Convoy.Cli.Data;
using Convoy.ModelFiles;
using Convoy.Onnx;
using Convoy.Tensors;

namespace Convoy.Cli.Commands;

/// <summary><c>convoy export</c>: a network with its weights as an ONNX model, for other engines.</summary>
internal sealed class ExportCommand : ModelCommand
{
    private const string Ending = ".onnx";

    private readonly Argument<string> _file = new("OUT") { Description = $"The ONNX file to write: *{Ending}." };
    private readonly Option<bool> _force = OptionFactory.Flag("--force", "Replace the file if it is there.");
    private readonly WeightOptions _weights;

    public ExportCommand(Terminal terminal)
        : base(
            "export",
            "Write a network with its weights as an ONNX model.",
            "Other engines load it, and so does every command here. Weights are written as fp32; where none are given and none come "
                + "along they are random, and that is said.",
            "convoy export lenet5 lenet5.onnx",
            terminal)
    {
        Add(_file);
        Add(_force);
        _weights = new WeightOptions(this);
    }

    protected override async Task<int> RunAsync(SelectedModel model, ParseResult arguments, CancellationToken cancellationToken)
    {
        string file = arguments.GetRequiredValue(_file);
        if (!file.EndsWith(Ending, StringComparison.OrdinalIgnoreCase))
        {
            throw new UsageException($"OUT is '{file}', but must end with {Ending}, which says what is written.");
        }

        WrittenFile.Check(file, "OUT", arguments.GetValue(_force));
        Dictionary<string, string> metadata = ModelNotes.ToMetadata(model.Use.Preset, model.Use.Labels);
        string[] outputNames = NameOutputs(model);
        using WeightSet weights = await _weights.LoadAsync(arguments, model, Terminal, needsTrainedOnes: true).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        await Terminal.Progress.RunAsync(WrittenFile.TextOf(file, weights, ElementType.Float32), counter =>
        {
            OnnxModel.Save(model.Network, weights, file, metadata, outputNames, counter.Add);
            return Task.FromResult(true);
        }).ConfigureAwait(false);
        if (DescribeChanges(model, outputNames) is { Length: > 0 } changes)
        {
            Terminal.Note($"{Path.GetFileName(file)} is used otherwise than {model.Title}: {string.Join("; ", changes)}.");
        }

        string kind = _weights.AreRandom(arguments, model) ? "random weights" : "weights";
        Terminal.WriteSentence(FormattableString.Invariant(
            $"{file}: {model.Name} with {kind}, {model.Network.ParameterCount:N0} numbers, {WrittenFile.LengthOf(file) / 1e6:N1} MB"));
        return ExitCode.Done;
    }

    /// <summary>What the model's own file calls its outputs; where that cannot be, what the network does.</summary>
    private static string[] NameOutputs(SelectedModel model)
    {
        string[] names = [.. model.File.Outputs.Select(port => port.Name)];
        bool canBe = names.All(name => name.Length > 0 && name != model.Network.Input.Name) && names.Distinct(StringComparer.Ordinal).Count() == names.Length;
        return canBe ? names : [.. model.Network.Outputs.Select(output => output.Name)];
    }

    /// <summary>How the exported model's inputs and outputs differ from those of the file that it is made of, as its user has to know.</summary>
    private static string[] DescribeChanges(SelectedModel model, string[] outputNames)
    {
        ImmutableArray<ModelPort> inputs = model.File.Inputs;
        Node input = model.Network.Input;
        string placing = inputs.Length > 1 ? ", one behind the other" : "";
        IEnumerable<(string Before, string After, string More)> pairs =
        [
            (PortText.Describe(inputs), Describe(input.Name, input), placing),
            .. model.File.Outputs.Select((port, i) => (PortText.Describe([port]), Describe(outputNames[i], model.Network.Outputs[i]), "")),
        ];
        return [.. pairs.Where(pair => pair.Before != pair.After).Select(pair => $"{pair.Before} becomes {pair.After}{pair.More}")];

        static string Describe(string name, Node node) => PortText.Describe([new ModelPort(name, node.Shape.Extents)]);
    }
}
