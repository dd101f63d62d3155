using System.Collections.Immutable;
using System.CommandLine.Parsing;
using System.Globalization;
using Convoy.ModelFiles;

namespace Convoy.Cli.Options;

/// <summary>The model that a command is about: one of the catalogue's by its name, or a file.</summary>
internal sealed class ModelOption
{
    private readonly Argument<ModelReference> _model = CreateArgument();

    private readonly Option<KeyValuePair<string, ImmutableArray<int>>[]> _shapes = new("--input-shape")
    {
        Description = "The extents of a model file's input where the file leaves them open, the batch first: 1x3x224x224, or NAME=1x3x224x224 "
            + "where there are several inputs; it can be given several times.",
        HelpName = "SHAPE",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
        CustomParser = result => [.. result.Tokens.Select(token => ParseShape(token.Value, result))],
    };

    /// <summary>Adds the argument and its option to a command.</summary>
    public ModelOption(Command command)
    {
        command.Add(_model);
        command.Add(_shapes);
    }

    /// <summary>Builds or reads the model.</summary>
    /// <exception cref="ModelFileException">The file cannot be used.</exception>
    /// <exception cref="UsageException">A shape is given that the model has no use for.</exception>
    public SelectedModel Open(ParseResult arguments)
    {
        ModelReference reference = arguments.GetRequiredValue(_model);
        KeyValuePair<string, ImmutableArray<int>>[] shapes = arguments.GetValue(_shapes) ?? [];
        if (reference.Info is { } info)
        {
            return shapes.Length == 0
                ? SelectedModel.Of(info)
                : throw new UsageException($"--input-shape is for model files whose extents are open; those of {info.Name} are known. Leave it out.");
        }

        if (shapes.GroupBy(shape => shape.Key).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new UsageException(
                $"--input-shape gives the extents of {(twice.Key.Length == 0 ? "the only input" : $"the input '{twice.Key}'")} more than once; give them once.");
        }

        return SelectedModel.Read(reference.Path!, new ModelFileOptions { InputShapes = shapes.ToDictionary() });
    }

    /// <summary>The model of a name or file.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    /// <exception cref="ModelFileException">The file cannot be used.</exception>
    public static SelectedModel Open(string reference) => ModelCatalog.TryFind(reference, out ModelInfo? model) ? SelectedModel.Of(model)
        : Path.Exists(reference) ? SelectedModel.Read(reference, ModelFileOptions.None)
        : throw new UsageException(DescribeMissing(reference));

    /// <summary>What a default is for which models, for an option's description: "mnist for lenet5, imagenet for alexnet".</summary>
    public static string DescribeDefaults(Func<ModelInfo, string> nameDefault) => string.Join(
        ", ",
        from model in ModelCatalog.All
        group model.Name by nameDefault(model) into models
        select $"{models.Key} for {string.Join(" and ", models)}");

    private static Argument<ModelReference> CreateArgument()
    {
        string formats = string.Join(" or ", ModelFormatList.All.Select(format => format.Name));
        var argument = new Argument<ModelReference>("MODEL")
        {
            Description = $"The network: {string.Join(", ", ModelCatalog.Names)}; or a file: {formats}.",
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

    private static KeyValuePair<string, ImmutableArray<int>> ParseShape(string text, ArgumentResult result)
    {
        int separator = text.LastIndexOf('=');
        string[] parts = text[(separator + 1)..].Split('x', ',');
        var extents = ImmutableArray.CreateBuilder<int>(parts.Length);
        foreach (string part in parts)
        {
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int extent) || extent < 1)
            {
                result.AddError($"--input-shape is '{text}', but must be extents with x in between, as 1x3x224x224 or NAME=1x3x224x224.");
                break;
            }

            extents.Add(extent);
        }

        return new(separator < 0 ? "" : text[..separator], extents.ToImmutable());
    }

    /// <summary>What stands on the command line: one of the two.</summary>
    private sealed record ModelReference(ModelInfo? Info, string? Path);
}
