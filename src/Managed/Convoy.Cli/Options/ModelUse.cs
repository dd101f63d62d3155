using System.Collections.Immutable;
using Convoy.Cli.Data;
using Convoy.Imaging;

namespace Convoy.Cli.Options;

/// <summary>What is known of how to use a model: how images become its input, and what its classes are called. It is found when it is asked for.</summary>
/// <param name="preset">Finds the preset, and where it is from if that is not plain.</param>
/// <param name="labels">Finds the names of the classes, and where they are from if that is not plain.</param>
internal sealed class ModelUse(Func<(ImagePreset? Value, string? Origin)> preset, Func<(ImmutableArray<string> Value, string? Origin)> labels)
{
    private readonly Lazy<(ImagePreset? Value, string? Origin)> _preset = new(preset);
    private readonly Lazy<(ImmutableArray<string> Value, string? Origin)> _labels = new(labels);

    /// <summary>How images become the input; null where none is given.</summary>
    /// <exception cref="ConvoyException">Somebody says, but it cannot be used.</exception>
    public ImagePreset? Preset => _preset.Value.Value;

    /// <summary>The names of the classes, or none.</summary>
    /// <exception cref="ConvoyException">There are some, but they cannot be used.</exception>
    public ImmutableArray<string> Labels => _labels.Value.Value;

    /// <summary>Of one of the catalogue's models.</summary>
    public static ModelUse Of(ModelInfo model) => new(
        () => ImagePreset.TryFind(model.ImagePreset, out ImagePreset? preset)
            ? (preset, null)
            : throw new ConvoyException($"There is no preset '{model.ImagePreset}', by which {model.Name} reads images."),
        () => (model.ClassNames, null));

    /// <summary>Of a file.</summary>
    public static ModelUse Of(ModelNotes notes) => new(
        () => notes.FindPreset() is var (preset, origin) ? (preset, origin) : (null, null),
        () => notes.FindLabels() is var (labels, origin) ? (labels, origin) : ([], null));

    /// <summary>Says where that is from of the two which is taken and whose origin is not plain: "Preset imagenet and labels from model.json."</summary>
    /// <param name="takesPreset">Whether the preset is taken.</param>
    /// <param name="takesLabels">Whether the labels are.</param>
    /// <param name="terminal">Where it is said.</param>
    public void NoteOrigins(bool takesPreset, bool takesLabels, Terminal terminal)
    {
        List<(string What, string? Origin)> taken = [];
        if (takesPreset)
        {
            taken.Add(($"preset {Preset?.Name}", _preset.Value.Origin));
        }

        if (takesLabels && !Labels.IsEmpty)
        {
            taken.Add(("labels", _labels.Value.Origin));
        }

        string note = string.Join(", ", taken.Where(each => each.Origin is not null).GroupBy(each => each.Origin, each => each.What)
            .Select(group => $"{string.Join(" and ", group)} from {group.Key}"));
        if (note.Length > 0)
        {
            terminal.Note($"{char.ToUpperInvariant(note[0])}{note[1..]}.");
        }
    }
}
