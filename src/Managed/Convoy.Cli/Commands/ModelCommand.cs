using Convoy.ModelFiles;

namespace Convoy.Cli.Commands;

/// <summary>A command about a model, which its first argument names.</summary>
internal abstract class ModelCommand : ConvoyCommand
{
    private readonly ModelOption _model;

    /// <summary>The model's file as it was named; null of one of the catalogue's.</summary>
    protected string? ModelFileOf(ParseResult arguments) => _model.FileOf(arguments);

    protected ModelCommand(string name, string description, string details, string example, Terminal terminal, string furtherFiles = "")
        : base(name, description, details, example, terminal) => _model = new ModelOption(this, furtherFiles);

    /// <summary>Runs the command on the model asked for.</summary>
    protected abstract Task<int> RunAsync(SelectedModel model, ParseResult arguments, CancellationToken cancellationToken);

    /// <summary>Runs the command on a file of weights, which is no model; most commands have no use for one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="arguments">What was asked for.</param>
    /// <param name="refusal">Why it is no model.</param>
    protected virtual int RunOnWeights(string path, ParseResult arguments, ModelFileException refusal) => throw refusal;

    protected sealed override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        SelectedModel model;
        try
        {
            model = Terminal.Progress.Run("Reading the model", () => _model.Open(arguments));
        }
        catch (ModelFileException e) when (e.IsOfWeights)
        {
            return RunOnWeights(_model.FileOf(arguments)!, arguments, e);
        }

        using (model)
        {
            return await RunAsync(model, arguments, cancellationToken).ConfigureAwait(false);
        }
    }
}
