using System.Globalization;
using System.Text;
using Convoy.Weights.Formats.Hdf5;
using static Convoy.Weights.WeightException;

namespace Convoy.Weights.Formats.Keras;

/// <summary>
/// Lays Keras' arrays out in groups, in the two ways in which <see cref="KerasTree"/> finds them: listed by their names in attributes, for
/// files "NAME.h5", or numbered, for "NAME.weights.h5". Keras too goes by these endings.
/// </summary>
internal static class KerasTreeWriter
{
    private const string NumberedEnding = ".weights.h5";

    /// <summary>Keras converts nothing of files since 2.0, and takes those that say nothing to be of 1.</summary>
    private const string Version = "2.0.0";

    /// <summary>The groups of a file.</summary>
    /// <param name="layers">The layers.</param>
    /// <param name="fileName">The file's name.</param>
    /// <param name="asked">What numbers are written as; null leaves each as it is.</param>
    /// <exception cref="WeightException">A layer's name or an array's type is none of such a file's; the sentence names it.</exception>
    public static Hdf5GroupDraft Write(ImmutableArray<KerasSavedLayer> layers, string fileName, ElementType? asked) =>
        fileName.EndsWith(NumberedEnding, StringComparison.OrdinalIgnoreCase) ? Number(layers, asked) : List(layers, asked);

    private static Hdf5GroupDraft List(ImmutableArray<KerasSavedLayer> layers, ElementType? asked)
    {
        var root = new Hdf5GroupDraft();
        AddTexts(root, KerasTree.LayerNames, [.. layers.Select(layer => layer.Name)]);
        root.AddText("backend", "tensorflow");
        root.AddText("keras_version", Version);
        foreach (KerasSavedLayer layer in layers)
        {
            // The layer's name is once the group's, and once a part of the arrays' names.
            CheckPath(layer.Name);
            string[] names = [.. layer.Arrays.Select(array => $"{layer.Name}/{array.Name}:0")];
            Hdf5GroupDraft? group = root.FindOrAddGroup(layer.Name);
            Hdf5GroupDraft? inner = group?.FindOrAddGroup(layer.Name);
            for (int i = 0; i < names.Length; i++)
            {
                if (inner?.TryAdd($"{layer.Arrays[i].Name}:0", ToDataset(layer.Arrays[i], asked)) != true)
                {
                    throw new WeightException($"The layers of a Keras file are groups, and two would be in one place because of the name {Quote(layer.Name)}; rename the layer, or write a safetensors file.");
                }
            }

            AddTexts(group!, KerasTree.WeightNames, names);
        }

        return root;
    }

    private static Hdf5GroupDraft Number(ImmutableArray<KerasSavedLayer> layers, ElementType? asked)
    {
        var root = new Hdf5GroupDraft();
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (KerasSavedLayer layer in layers)
        {
            CheckText(layer.Name);
            int before = counts.GetValueOrDefault(layer.Type);
            counts[layer.Type] = before + 1;
            Hdf5GroupDraft group = root.FindOrAddGroup($"layers/{KerasConfiguration.NumberForSaving(layer.Type, before)}/vars")!;
            group.AddText("name", layer.Name);
            for (int i = 0; i < layer.Arrays.Length; i++)
            {
                group.TryAdd(i.ToString(CultureInfo.InvariantCulture), ToDataset(layer.Arrays[i], asked));
            }
        }

        return root;
    }

    private static Hdf5DatasetDraft ToDataset(KerasSavedArray array, ElementType? asked)
    {
        ElementType type = TensorBytes.TypeInFile(array.Tensor, asked);
        return type is ElementType.Float16 or ElementType.Float32 or ElementType.Float64
            ? new Hdf5DatasetDraft(array.Extents, type, file => TensorBytes.Write(file, array.Arrange(), type))
            : throw new WeightException($"The tensor {Quote(array.Tensor.Name)} would be {type}, but HDF5 has no such numbers; write fp32 or fp16, or a safetensors file.");
    }

    /// <summary>Keras' rule for what is too long for one attribute: it goes on in others whose names end in numbers.</summary>
    private static void AddTexts(Hdf5GroupDraft group, string attribute, string[] texts)
    {
        string[][] parts = [.. texts.Chunk(Hdf5Header.CountTexts(texts))];
        for (int i = 0; i < parts.Length; i++)
        {
            group.AddTexts(parts.Length == 1 ? attribute : attribute + i.ToString(CultureInfo.InvariantCulture), parts[i]);
        }
    }

    /// <summary>Refuses a layer's name that is no way through groups.</summary>
    private static void CheckPath(string name)
    {
        CheckText(name);
        if (name.Split('/').Any(part => part is "" or "." or ".."))
        {
            throw Misnamed(name, "is no way through groups");
        }
    }

    /// <summary>Refuses a layer's name that would be another once it is read: texts end where there is a zero, or nothing but blanks.</summary>
    private static void CheckText(string name)
    {
        const int Longest = 4096;
        if (name.Contains('\0', StringComparison.Ordinal) || name.Length == 0 || char.IsWhiteSpace(name[^1]) || Encoding.UTF8.GetByteCount(name) > Longest)
        {
            throw Misnamed(name, $"is empty, ends in a blank, has a zero, or is longer than {Longest:N0} bytes");
        }
    }

    private static WeightException Misnamed(string name, string fault) =>
        new($"The layer {Quote(name)} cannot be written to a Keras file, as its name {fault}; rename it, or write a safetensors file.");
}
