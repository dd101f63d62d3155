using System.Numerics.Tensors;
using Convoy.ModelFiles;
using Convoy.Onnx;
using Convoy.Tensors;

namespace Convoy.Cli.Commands;

/// <summary><c>convoy convert</c>: weights out of any file that is read, into one of another kind.</summary>
internal sealed class ConvertCommand : ConvoyCommand
{
    private readonly Argument<string> _in = new("IN") { Description = "The weights file to read, or an ONNX or Keras model; its kind is recognised by its content." };
    private readonly Argument<string> _out = new("OUT") { Description = "The file to write: *.safetensors, *.npz, *.pth or *.pt (PyTorch), *.h5 or *.weights.h5 (Keras, with --model), *.caffemodel, or *.npy of a single tensor." };

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

    private readonly FitOptions _fit;
    private readonly InputShapeOption _shapes;
    private readonly Option<bool> _force = OptionFactory.Flag("--force", "Replace the file if it is there.");

    public ConvertCommand(Terminal terminal)
        : base(
            "convert",
            "Write the tensors of a weights file, or the weights of an ONNX or Keras model, as a file of another kind.",
            "Tensors keep their names and their order, unless --model says what network they are for. What the new file cannot hold is refused by name, and nothing is rounded unless it is asked for.",
            "convoy convert alexnet.pth alexnet.safetensors",
            terminal)
    {
        Add(_in);
        Add(_out);
        Add(_precision);
        Add(_model);
        _fit = new FitOptions(this);
        _shapes = new InputShapeOption(this);
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

        WrittenFile.CheckEnding(output, "OUT");
        string? reference = arguments.GetValue(_model);
        if (reference is null && (_fit.HasMap(arguments) || _fit.IsStrict(arguments)))
        {
            throw new UsageException("--map and --strict are about the network that the weights are for; name it with --model.");
        }

        WrittenFile.CheckType(output, precision);
        WrittenFile.Check(output, "OUT", arguments.GetValue(_force));
        using SelectedModel? model = reference is null ? null : ModelOption.Open(reference, _shapes, arguments);
        using WeightSet read = Terminal.Progress.Run(
            $"Reading {Path.GetFileName(input)}", () => Read(input, arguments, hasModel: model is not null));
        if (read.Tensors.Count == 0)
        {
            throw new ConvoyException($"{input} has no tensor with an element, so that there is nothing to write; check where it comes from.");
        }

        if (read.EmptyTensors.Count > 0)
        {
            Terminal.Note($"Tensors without an element are left out: {string.Join(", ", read.EmptyTensors)}.");
        }

        WeightSet weights = model is null ? read : Fit(arguments, read, model.Network);
        await Terminal.Progress.RunAsync(WrittenFile.TextOf(output, weights, precision), counter =>
        {
            if (precision == ElementType.Float16)
            {
                ThrowIfBeyondHalf(weights, cancellationToken);
            }

            cancellationToken.ThrowIfCancellationRequested();
            weights.Save(output, precision, counter.Add);
            return Task.FromResult(true);
        }).ConfigureAwait(false);
        if (WrittenFile.HasNoMetadata(output) && weights.Metadata.Count > 0)
        {
            Terminal.Note($"The file's metadata ({string.Join(", ", weights.Metadata.Keys.Take(5))}) is left out: files of that kind have no place for it.");
        }

        Terminal.WriteSentence(FormattableString.Invariant(
            $"{output}: {Counted.Of(weights.Tensors.Count, "tensor")} of {input}, {weights.Tensors.Sum(tensor => tensor.Shape.Count):N0} numbers, {WrittenFile.LengthOf(output) / 1e6:N1} MB"));
        return ExitCode.Done;
    }

    /// <summary>
    /// A file's weights; those of a model are a part of it, under the names of its layers. A Keras model whose network is not read, or
    /// that has none, may still have weights that need none.
    /// </summary>
    private WeightSet Read(string input, ParseResult arguments, bool hasModel)
    {
        IModelFormat? format = File.Exists(input) ? ModelFormats.Recognize(input, [new OnnxFormat(), new KerasFormat()]) : null;
        if (format is null || (format is KerasFormat && hasModel))
        {
            return WeightSet.Open(input);
        }

        try
        {
            ModelFile model = format.Load(input, _shapes.Read(arguments));
            TellPassedOver(model.Fit, model.Network);
            return model.Weights!;
        }
        catch (ModelFileException) when (format is KerasFormat)
        {
            return WeightSet.Open(input);
        }
    }

    private WeightSet Fit(ParseResult arguments, WeightSet weights, Network network)
    {
        WeightFit fit = _fit.Fit(arguments, weights, network, Terminal);
        TellPassedOver(fit, network);
        return fit.Weights;
    }

    private void TellPassedOver(WeightFit? fit, Network network)
    {
        if (fit is { PassedOver.Count: > 0 and var count })
        {
            Terminal.Note($"{Counted.Of(count, "tensor")} that {network.Name} does not need {(count == 1 ? "is" : "are")} left out; --verbose names them.");
        }
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
