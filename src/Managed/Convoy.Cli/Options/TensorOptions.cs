using Convoy.Cli.Data;
using Convoy.ModelFiles;

namespace Convoy.Cli.Options;

/// <summary>Which files a model's inputs come from, and where its outputs go.</summary>
internal sealed class TensorOptions
{
    private readonly Option<string[]> _inputs = new("--input")
    {
        Description = $"A tensor of floating-point numbers, in a file that ends in {TensorFiles.Endings}: NAME=FILE for the input of that name, or files alone in the "
            + "order of the model's inputs; an archive's arrays go by their names where these are the model's.",
        HelpName = "FILE",
        Required = true,
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<string?> _output = new("--save-output")
    {
        Description = $"A file for the outputs, of the kind that its ending says: {TensorFiles.Endings}; of several outputs, an .npz.",
        HelpName = "FILE",
    };

    private readonly Option<bool> _force = OptionFactory.Flag("--force", "Replace the file of --save-output if it is there.");

    /// <summary>Adds the options to a command.</summary>
    public TensorOptions(Command command)
    {
        command.Add(_inputs);
        command.Add(_output);
        command.Add(_force);
    }

    /// <summary>Where the outputs go; null where no file was asked for.</summary>
    /// <exception cref="UsageException">The file's ending is none of those known, or holds one tensor where there are several.</exception>
    /// <exception cref="ConvoyException">The file is there already.</exception>
    public string? OutputOf(ParseResult arguments, int outputs)
    {
        if (arguments.GetValue(_output) is not { } file)
        {
            return null;
        }

        if (!TensorFiles.IsKnown(file))
        {
            throw new UsageException($"--save-output is '{file}', but must end in {TensorFiles.Endings}, which says what is written.");
        }

        if (outputs > 1 && !TensorFiles.TakesSeveral(file))
        {
            throw new UsageException(FormattableString.Invariant($"{file} holds one tensor, but the model has {outputs:N0} outputs; write an .npz."));
        }

        WrittenFile.Check(file, "--save-output", arguments.GetValue(_force));
        return file;
    }

    /// <summary>The numbers of each of the model's inputs, in their order, for one and the same number of images.</summary>
    /// <exception cref="UsageException">The files are not one for each input.</exception>
    /// <exception cref="ConvoyException">A file cannot be read, or its tensor does not fit.</exception>
    public float[][] Read(ParseResult arguments, ModelFile model)
    {
        var found = new NamedTensor?[model.Inputs.Length];
        var sources = new string[model.Inputs.Length];
        foreach (string given in arguments.GetRequiredValue(_inputs))
        {
            Place(given, model, found, sources);
        }

        int missing = Array.IndexOf(found, null);
        if (missing >= 0)
        {
            throw new UsageException(
                $"The input '{model.Inputs[missing].Name}' has no tensor; give one with --input {model.Inputs[missing].Name}=FILE. The model's inputs are {DescribeInputs(model)}.");
        }

        for (int i = 0; i < found.Length; i++)
        {
            CheckExtents(model.Inputs[i], found[i]!, sources[i]);
        }

        long[] images = [.. model.Inputs.Select((port, i) => found[i]!.Values.Length / port.Count)];
        int other = Array.FindIndex(images, each => each != images[0]);
        return other < 0
            ? [.. found.Select(tensor => tensor!.Values)]
            : throw new ConvoyException(FormattableString.Invariant(
                $"{sources[0]} holds {images[0]:N0} images, but {sources[other]} {images[other]:N0}; give as many for each input."));
    }

    private static void Place(string given, ModelFile model, NamedTensor?[] found, string[] sources)
    {
        int separator = given.IndexOf('=');
        string? name = separator > 0 && !TensorFiles.IsKnown(given[..separator]) ? given[..separator] : null;
        string file = name is null ? given : given[(separator + 1)..];
        if (!TensorFiles.IsKnown(file))
        {
            throw new UsageException($"--input is '{given}', but its file must end in {TensorFiles.Endings}.");
        }

        IReadOnlyList<NamedTensor> tensors = TensorFiles.Read(file);
        if (name is not null && tensors.Count != 1)
        {
            throw new UsageException(FormattableString.Invariant($"{file} holds {Counted.Of(tensors.Count, "tensor")}, and one is asked for by the name '{name}'; give the file without a name."));
        }

        foreach (NamedTensor tensor in tensors)
        {
            string source = TensorFiles.TakesSeveral(file) ? $"'{tensor.Name}' of {file}" : file;
            int place = PlaceOf(name ?? (TensorFiles.TakesSeveral(file) ? tensor.Name : null));
            found[place] = found[place] is null ? tensor : throw new UsageException($"The input '{model.Inputs[place].Name}' is given twice, by {sources[place]} and by {source}; give it once.");
            sources[place] = source;
        }

        int PlaceOf(string? wanted)
        {
            int place = model.Inputs.ToList().FindIndex(port => port.Name == wanted);
            if (place < 0 && (wanted is null || (name is null && tensors.Count == 1)))
            {
                place = Array.IndexOf(found, null);
                return place >= 0 ? place : throw new UsageException($"{file} is one tensor more than the model has inputs, which are {DescribeInputs(model)}.");
            }

            return place >= 0 ? place : throw new UsageException($"The model has no input '{wanted}', which {given} is for; its inputs are {DescribeInputs(model)}.");
        }
    }

    private static void CheckExtents(ModelPort port, NamedTensor tensor, string source)
    {
        // One image may come without the extent that counts them.
        ReadOnlySpan<int> extents = tensor.Extents.AsSpan();
        bool fits = extents.SequenceEqual(port.Extents.AsSpan())
            || (port.HasBatch && extents.Length > 0 && extents[0] > 0 && extents[1..].SequenceEqual(port.Extents.AsSpan()));
        if (!fits)
        {
            throw new ConvoyException($"The tensor {source} is {(tensor.Extents.IsEmpty ? "a single number" : string.Join(" x ", tensor.Extents))}, but the input '{port.Name}' takes {PortText.Describe(port)}.");
        }
    }

    private static string DescribeInputs(ModelFile model) => string.Join(", ", model.Inputs.Select(port => $"'{port.Name}' ({PortText.Describe(port)})"));
}
