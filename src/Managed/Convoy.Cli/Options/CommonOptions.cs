using System.CommandLine;
using Convoy.Cli.Output;
using Convoy.Graph;
using Convoy.Imaging;
using Convoy.Models;

namespace Convoy.Cli.Options;

/// <summary>Arguments and options that several commands have.</summary>
internal static class CommonOptions
{
    /// <summary>The name of a model.</summary>
    public static Argument<Network> Model()
    {
        string names = string.Join(" or ", ModelCatalog.Names);
        var argument = new Argument<Network>("MODEL")
        {
            Description = $"The network: {names}.",
            CustomParser = result =>
            {
                string name = result.Tokens[0].Value;
                if (!ModelCatalog.TryCreate(name, out Network? network))
                {
                    result.AddError($"There is no model '{name}'; there are {string.Join(" and ", ModelCatalog.Names)}.");
                }

                return network!;
            },
        };
        argument.CompletionSources.Add([.. ModelCatalog.Names]);
        return argument;
    }

    /// <summary>The form of the answer.</summary>
    public static Option<OutputFormat> Output() => OptionFactory.Choice(
        "--output",
        "The form of the answer on the standard output.",
        ("table", OutputFormat.Table),
        ("json", OutputFormat.Json),
        ("csv", OutputFormat.Csv),
        ("md", OutputFormat.Markdown));

    /// <summary>How pictures become the network's input; null stands for the model's own way.</summary>
    public static Option<ImagePreset?> Preset() => new("--preset")
    {
        Description = "How pictures become the network's input: "
            + "imagenet (RGB, torchvision's mean and deviation), caffe (BGR, 0-255 less the mean), mnist (grey, 28 x 28 on background 0). "
            + "[default: mnist for lenet5, imagenet for alexnet]",
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

    /// <summary>A decoder for a network's input.</summary>
    /// <exception cref="UsageException">The preset yields another number of channels than the network takes.</exception>
    public static ImageDecoder CreateDecoder(Network network, ImagePreset? preset)
    {
        Tensors.Shape input = network.Input.Shape;
        try
        {
            return new ImageDecoder(
                preset ?? (input.Channels == 1 ? ImagePreset.Mnist : ImagePreset.ImageNet), input.Channels, input.Height, input.Width);
        }
        catch (ConvoyException e)
        {
            throw new UsageException(e.Message, e);
        }
    }

    /// <summary>A file of class names; null where the model's own are meant.</summary>
    public static Option<string?> Labels() => new("--labels")
    {
        Description = "Names of the classes, one a line in the order of their indexes. [default: the digits for lenet5, none for alexnet]",
        HelpName = "FILE",
    };
}
