using System.Collections.Immutable;
using System.CommandLine.Parsing;
using System.Globalization;
using Convoy.ModelFiles;

namespace Convoy.Cli.Options;

/// <summary>The extents of inputs that a model file leaves open.</summary>
internal sealed class InputShapeOption
{
    private readonly Option<KeyValuePair<string, ImmutableArray<int>>[]> _shapes = new("--input-shape")
    {
        Description = "The extents of a model file's input where the file leaves them open, the batch first: 1x3x224x224, or NAME=1x3x224x224 "
            + "where there are several inputs; it can be given several times.",
        HelpName = "SHAPE",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
        CustomParser = result => [.. result.Tokens.Select(token => ParseShape(token.Value, result))],
    };

    /// <summary>Adds the option to a command.</summary>
    public InputShapeOption(Command command) => command.Add(_shapes);

    /// <summary>Whether extents are given.</summary>
    public bool IsGiven(ParseResult arguments) => arguments.GetValue(_shapes) is { Length: > 0 };

    /// <summary>The extents.</summary>
    /// <exception cref="UsageException">Those of an input are given twice.</exception>
    public ModelFileOptions Read(ParseResult arguments)
    {
        KeyValuePair<string, ImmutableArray<int>>[] shapes = arguments.GetValue(_shapes) ?? [];
        return shapes.GroupBy(shape => shape.Key).FirstOrDefault(group => group.Count() > 1) is not { } twice
            ? new ModelFileOptions { InputShapes = shapes.ToDictionary() }
            : throw new UsageException(
                $"--input-shape gives the extents of {(twice.Key.Length == 0 ? "the only input" : $"the input '{twice.Key}'")} more than once; give them once.");
    }

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
}
