using System.Numerics.Tensors;
using Convoy.Tensors;

namespace Convoy.Cli.Commands;

/// <summary><c>convoy convert</c>: weights out of any file that is read, into one of another kind.</summary>
internal sealed class ConvertCommand : ConvoyCommand
{
    private const string Archive = ".npz";

    private static readonly string[] Endings = [".safetensors", Archive];

    private readonly Argument<string> _in = new("IN") { Description = "The weights file to read; its kind is told by its content." };
    private readonly Argument<string> _out = new("OUT") { Description = $"The file to write: {string.Join(" or ", Endings.Select(ending => $"*{ending}"))}." };

    private readonly Option<ElementType?> _precision = OptionFactory.Choice<ElementType?>(
        "--precision",
        "What floating-point numbers are written as. Whole numbers stay what they are.",
        ("stored", null),
        ("fp32", ElementType.Float32),
        ("fp16", ElementType.Float16),
        ("bf16", ElementType.BFloat16));

    private readonly Option<string?> _model = new("--model")
    {
        Description = "The network that the weights are for, by name or as a file: they are written under its names, and in the order that it reads them in.",
        HelpName = "MODEL",
    };

    private readonly Option<bool> _force = OptionFactory.Flag("--force", "Replace the file if it is there.");

    public ConvertCommand(Terminal terminal)
        : base(
            "convert",
            "Write a weights file's tensors as a file of another kind.",
            "Tensors keep their names and their order, unless --model says what network they are for. What the new file cannot hold is refused by name, and nothing is rounded unless it is asked for.",
            "convoy convert alexnet.pth alexnet.safetensors",
            terminal)
    {
        Add(_in);
        Add(_out);
        Add(_precision);
        Add(_model);
        Add(_force);
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        string input = arguments.GetRequiredValue(_in);
        string output = arguments.GetRequiredValue(_out);
        ElementType? precision = arguments.GetValue(_precision);
        if (input.Length == 0)
        {
            throw new UsageException("IN is empty; name the weights file to read.");
        }

        if (!Endings.Any(ending => output.EndsWith(ending, StringComparison.OrdinalIgnoreCase)))
        {
            throw new UsageException($"OUT must end with {string.Join(" or ", Endings)}, which says what is written.");
        }

        bool isArchive = output.EndsWith(Archive, StringComparison.OrdinalIgnoreCase);
        if (isArchive && precision == ElementType.BFloat16)
        {
            throw new UsageException("NumPy has no bf16; write fp32 or fp16, or a safetensors file.");
        }

        WrittenFile.Check(output, "OUT", arguments.GetValue(_force));
        using SelectedModel? model = arguments.GetValue(_model) is { } reference ? ModelOption.Open(reference) : null;
        using WeightSet read = WeightSet.Open(input);
        WeightSet weights = model is null ? read : Fit(read, model.Network);
        await Terminal.Progress.RunAsync($"Writing {Path.GetFileName(output)}", () =>
        {
            if (precision == ElementType.Float16)
            {
                ThrowIfBeyondHalf(weights, cancellationToken);
            }

            cancellationToken.ThrowIfCancellationRequested();
            weights.Save(output, precision);
            return true;
        }).ConfigureAwait(false);
        if (isArchive && weights.Metadata.Count > 0)
        {
            Terminal.Note($"The file's metadata ({string.Join(", ", weights.Metadata.Keys.Take(5))}) is left out: an npz file has no place for it.");
        }

        Terminal.Out.WriteLine(Terminal.OneLine(FormattableString.Invariant(
            $"{output}: {weights.Tensors.Count:N0} tensors of {input}, {weights.Tensors.Sum(tensor => tensor.Shape.Count):N0} numbers, {WrittenFile.LengthOf(output) / 1e6:N1} MB")));
        return ExitCode.Done;
    }

    private WeightSet Fit(WeightSet weights, Network network)
    {
        WeightFit fit = weights.FitTo(network);
        if (fit.Naming != WeightNaming.Same)
        {
            Terminal.Note($"Weights of {weights.Source}: {fit.Description}.");
        }

        return fit.PassedOver.Count == 0
            ? fit.Weights
            : throw new ConvoyException($"{weights.Source} has tensors that {network.Name} does not need, and they would be lost: {string.Join(", ", fit.PassedOver.Take(5))}; leave out --model to keep all.");
    }

    private static void ThrowIfBeyondHalf(WeightSet weights, CancellationToken cancellationToken)
    {
        foreach (WeightTensor tensor in weights.Tensors.Where(tensor => tensor.ElementType is ElementType.Float32 or ElementType.BFloat16 or ElementType.Float64))
        {
            cancellationToken.ThrowIfCancellationRequested();
            float[] values = new float[tensor.Shape.Count];
            tensor.CopyTo(values);
            float largest = TensorPrimitives.MaxMagnitudeNumber<float>(values);
            if (Half.IsInfinity((Half)largest) && float.IsFinite(largest))
            {
                throw new ConvoyException(FormattableString.Invariant(
                    $"The tensor '{tensor.Name}' holds {largest:G6}, which is beyond fp16's {(float)Half.MaxValue:N0}; write bf16 or fp32."));
            }
        }
    }
}
