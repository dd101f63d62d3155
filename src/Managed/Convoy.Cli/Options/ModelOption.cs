using Convoy.ModelFiles;

namespace Convoy.Cli.Options;

/// <summary>The model that a command is about: one of the catalogue's by its name, or a file.</summary>
internal sealed class ModelOption
{
    private readonly Argument<ModelReference> _model;

    private readonly InputShapeOption _shapes;

    /// <summary>Adds the argument and its option to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="furtherFiles">What files it takes beside models, as the end of their list: ", ...".</param>
    public ModelOption(Command command, string furtherFiles = "")
    {
        _model = CreateArgument(furtherFiles);
        command.Add(_model);
        _shapes = new InputShapeOption(command);
    }

    /// <summary>Builds or reads the model.</summary>
    /// <exception cref="ModelFileException">The file cannot be used.</exception>
    /// <exception cref="UsageException">A shape is given that the model has no use for.</exception>
    public SelectedModel Open(ParseResult arguments)
    {
        ModelReference reference = arguments.GetRequiredValue(_model);
        return reference.Info is { } info ? Of(info, _shapes.IsGiven(arguments)) : SelectedModel.Read(reference.Path!, _shapes.Read(arguments));
    }

    /// <summary>The file asked for; null where it is a name of the catalogue.</summary>
    public string? FileOf(ParseResult arguments) => arguments.GetRequiredValue(_model).Path;

    /// <summary>The model of a name or file.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    /// <exception cref="ModelFileException">The file cannot be used.</exception>
    public static SelectedModel Open(string reference, InputShapeOption shapes, ParseResult arguments) =>
        ModelCatalog.TryFind(reference, out ModelInfo? model) ? SelectedModel.Of(model)
        : Path.Exists(reference) ? SelectedModel.Read(reference, shapes.Read(arguments))
        : throw new UsageException(DescribeMissing(reference));

    /// <summary>What a default is for which models, for an option's description: "mnist for lenet5, imagenet for alexnet".</summary>
    public static string DescribeDefaults(Func<ModelInfo, string> nameDefault) => string.Join(
        ", ",
        from model in ModelCatalog.All
        group model.Name by nameDefault(model) into models
        select $"{models.Key} for {string.Join(" and ", models)}");

    private static Argument<ModelReference> CreateArgument(string furtherFiles)
    {
        string formats = string.Join(", ", ModelFormatList.All.Select(format => format.Name));
        var argument = new Argument<ModelReference>("MODEL")
        {
            HelpName = "MODEL",
            Description = $"The network: a file ({formats}{furtherFiles}); or the name of one that comes along: {string.Join(", ", ModelCatalog.Names)}.",
            CustomParser = result =>
            {
                string name = result.Tokens[0].Value;
                if (ModelCatalog.TryFind(name, out ModelInfo? model))
                {
                    return new ModelReference(model, null);
                }

                if (!Path.Exists(name))
                {
                    result.AddError(DescribeMissing(name));
                }

                return new ModelReference(null, name);
            },
        };
        argument.CompletionSources.Add([.. ModelCatalog.Names]);
        return argument;
    }

    private static string DescribeMissing(string name) =>
        $"There is no model '{name}': no file of that name is there, and it is none of {string.Join(", ", ModelCatalog.Names)}.";

    private static SelectedModel Of(ModelInfo model, bool hasShapes) => !hasShapes ? SelectedModel.Of(model) : throw new UsageException(
        $"--input-shape is for model files whose extents are open; those of {model.Name} are known. Leave it out.");

    /// <summary>What stands on the command line: one of the two.</summary>
    private sealed record ModelReference(ModelInfo? Info, string? Path);
}
