namespace Convoy.Cli.Commands;

/// <summary>A command about a model, which its first argument names.</summary>
internal abstract class ModelCommand : ConvoyCommand
{
    private readonly ModelOption _model;

    protected ModelCommand(string name, string description, string details, string example, Terminal terminal)
        : base(name, description, details, example, terminal) => _model = new ModelOption(this);

    /// <summary>Runs the command on the model asked for.</summary>
    protected abstract Task<int> RunAsync(SelectedModel model, ParseResult arguments, CancellationToken cancellationToken);

    protected sealed override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        using SelectedModel model = _model.Open(arguments);
        return await RunAsync(model, arguments, cancellationToken).ConfigureAwait(false);
    }
}
