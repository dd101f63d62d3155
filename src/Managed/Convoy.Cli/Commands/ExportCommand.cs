using Convoy.Cli.Data;
using Convoy.Onnx;

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
        using WeightSet weights = await _weights.LoadAsync(arguments, model, Terminal, needsTrainedOnes: true).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        await Terminal.Progress.RunAsync($"Writing {Path.GetFileName(file)}", () =>
        {
            OnnxModel.Save(model.Network, weights, file, metadata);
            return true;
        }).ConfigureAwait(false);
        string kind = _weights.AreRandom(arguments, model) ? "random weights" : "weights";
        Terminal.Out.WriteLine(Terminal.OneLine(FormattableString.Invariant(
            $"{file}: {model.Name} with {kind}, {model.Network.ParameterCount:N0} numbers, {WrittenFile.LengthOf(file) / 1e6:N1} MB")));
        return ExitCode.Done;
    }
}
