namespace Convoy.Cli.Commands;

/// <summary>A command about one of the models, which its first argument names.</summary>
internal abstract class ModelCommand : ConvoyCommand
{
    private readonly Argument<ModelInfo> _model = ModelOption.Create();

    protected ModelCommand(string name, string description, string details, string example, Terminal terminal)
        : base(name, description, details, example, terminal) => Add(_model);

    /// <summary>Runs the command on the model asked for.</summary>
    protected abstract Task<int> RunAsync(ModelInfo model, Network network, ParseResult arguments, CancellationToken cancellationToken);

    protected sealed override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        ModelInfo model = arguments.GetRequiredValue(_model);
        return RunAsync(model, model.CreateNetwork(), arguments, cancellationToken);
    }
}
