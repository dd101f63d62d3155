using Convoy.Cli.Data;
using Convoy.Imaging;
using Convoy.Tensors;

namespace Convoy.Cli.Options;

/// <summary>How pictures become a network's input, and what its classes are called.</summary>
internal sealed class ImageOptions
{
    private readonly Option<string?> _labels = new("--labels")
    {
        Description = "Names of the classes, one a line in the order of their indexes. "
            + "[default: the model's own, where it has some]",
        HelpName = "FILE",
    };

    private readonly Option<ImagePreset?> _preset = new("--preset")
    {
        Description = "How pictures become the network's input: "
            + "imagenet (RGB, torchvision's mean and deviation), caffe (BGR, 0-255 less the mean, warped), inception (RGB, -1 to 1), mnist (grey, 28 x 28 on background 0). "
            + $"[default: {ModelOption.DescribeDefaults(model => model.ImagePreset)}]",
        HelpName = string.Join('|', ImagePreset.All.Select(preset => preset.Name)),
        CustomParser = result =>
        {
            string name = result.Tokens[0].Value;
            if (!ImagePreset.TryFind(name, out ImagePreset? preset))
            {
                result.AddError($"--preset is '{name}', but must be one of {string.Join(", ", ImagePreset.All.Select(each => each.Name))}.");
            }

            return preset;
        },
    };

    private readonly Option<bool> _invert = OptionFactory.Flag(
        "--invert", "Take each byte v of a picture as 255 - v, for dark digits on a light background; what lies around a fitted picture stays 0.");

    private readonly Option<bool> _transpose = OptionFactory.Flag(
        "--transpose", "Exchange the rows and columns of each picture, before it is resized and cropped, as EMNIST's need it.");

    /// <summary>Adds the options to a command.</summary>
    public ImageOptions(Command command)
    {
        command.Add(_labels);
        command.Add(_preset);
        command.Add(_invert);
        command.Add(_transpose);
    }

    /// <summary>The classes' names: the file's, or those that come with the model.</summary>
    /// <exception cref="ConvoyException">The file cannot be read, or there is not one name a class.</exception>
    public ClassLabels LoadLabels(ParseResult arguments, SelectedModel model) =>
        arguments.GetValue(_labels) is { } file ? ClassLabels.Read(file, model.Network) : ClassLabels.Of(model.Use.Labels, model.Network, model.Title);

    /// <summary>The preset asked for, or the model's own; null where none is given.</summary>
    public ImagePreset? FindPreset(ParseResult arguments, SelectedModel model) => arguments.GetValue(_preset) ?? model.Use.Preset;

    /// <summary>A decoder for a network's input, by the preset asked for or the model's own; says where that comes from, if it is not plain.</summary>
    /// <param name="arguments">What was asked for.</param>
    /// <param name="model">The network with what is known of it.</param>
    /// <param name="terminal">Where it is said.</param>
    /// <param name="other">The preset where none is given; null where one has to be.</param>
    /// <exception cref="UsageException">No preset is known, or it yields another number of channels than the network takes.</exception>
    public ImageDecoder CreateDecoder(ParseResult arguments, SelectedModel model, Terminal terminal, ImagePreset? other = null)
    {
        Shape input = model.Network.Input.Shape;
        ImagePreset known = FindPreset(arguments, model) ?? other ?? throw new UsageException(
            $"Nothing says how images become the input of {model.Title}; name a preset with --preset ({string.Join(", ", ImagePreset.All.Select(each => each.Name))}), or in a file beside it that ends in .json.");
        model.Use.NoteOrigins(takesPreset: arguments.GetValue(_preset) is null, takesLabels: arguments.GetValue(_labels) is null, terminal);
        try
        {
            ImagePreset preset = known with
            {
                Invert = arguments.GetValue(_invert) || known.Invert,
                Transpose = arguments.GetValue(_transpose) || known.Transpose,
            };
            return new ImageDecoder(preset, input.Channels, input.Height, input.Width);
        }
        catch (ConvoyException e)
        {
            throw new UsageException(e.Message, e);
        }
    }

    /// <summary>The digits, inverted and transposed where that is asked for.</summary>
    public MnistDataset Turn(ParseResult arguments, MnistDataset digits)
    {
        MnistDataset inverted = arguments.GetValue(_invert) ? digits.Invert() : digits;
        return arguments.GetValue(_transpose) ? inverted.Transpose() : inverted;
    }

    /// <summary>What to try where a trained network does no better than guessing; only grey pictures are digits that may be turned.</summary>
    public string DescribeCausesOfGuessing(ParseResult arguments, SelectedModel model)
    {
        string preset = (FindPreset(arguments, model) ?? ImagePreset.Mnist).Name;
        string trained = $"the model may be trained on pictures prepared otherwise than by the preset {preset}, which another --preset changes";
        if (model.Network.Input.Shape.Channels > 1)
        {
            return $"Guessing would be right about as often: {trained}, or its classes may be in another order.";
        }

        string invert = arguments.GetValue(_invert) ? "leave out --invert unless they are dark on light" : "try --invert if they are dark on light";
        string transpose = arguments.GetValue(_transpose)
            ? "leave out --transpose unless their rows and columns are exchanged"
            : "try --transpose if their rows and columns are exchanged, as EMNIST's are";
        return $"Guessing would be right about as often. Look at some of the images: {invert}, {transpose}; or {trained}.";
    }
}
