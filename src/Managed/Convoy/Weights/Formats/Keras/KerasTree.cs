using System.Globalization;
using Convoy.Weights.Formats.Hdf5;

namespace Convoy.Weights.Formats.Keras;

/// <summary>
/// Finds the trained arrays in the groups of an HDF5 file. Keras 2, and Keras 3 for ".h5", list the layers and their arrays in
/// attributes (keras.src.legacy.saving.legacy_h5_format); ".weights.h5" and ".keras" number a layer's arrays, and name layers by their
/// classes (keras.src.saving.saving_lib). What belongs to optimizers and metrics stands apart, and is passed over.
/// </summary>
internal sealed class KerasTree
{
    /// <summary>The attribute that lists the layers.</summary>
    public const string LayerNames = "layer_names";

    /// <summary>The attribute that lists a layer's arrays.</summary>
    public const string WeightNames = "weight_names";

    private const int DeepestModel = 16;
    private const int MostVariables = 100_000;

    private static readonly ImmutableArray<string> Containers = ["layers", "_layer_checkpoint_dependencies"];

    private readonly string _source;
    private readonly Dictionary<string, KerasLayer> _outer;
    private readonly Dictionary<string, KerasLayer> _layers;
    private readonly List<KerasVariable> _variables = [];
    private readonly HashSet<ulong> _visited = [];

    private KerasTree(string source, KerasConfiguration? configuration)
    {
        _source = source;
        _outer = (configuration?.Layers ?? []).ToDictionary(layer => layer.Name, StringComparer.Ordinal);
        _layers = (configuration?.AllLayers ?? []).ToDictionary(layer => layer.NodeName, StringComparer.Ordinal);
    }

    /// <summary>All trained arrays, in the file's order.</summary>
    /// <param name="root">The file's root.</param>
    /// <param name="source">The file, as sentences name it.</param>
    /// <param name="configuration">The model's configuration, where it is known.</param>
    /// <exception cref="WeightException">The file is damaged, or has no layers.</exception>
    public static IReadOnlyList<KerasVariable> Read(Hdf5Object root, string source, KerasConfiguration? configuration)
    {
        var tree = new KerasTree(source, configuration);
        Hdf5Object listed = FindListed(root);
        if (ReadTexts(listed, LayerNames) is { } names)
        {
            foreach (string name in names)
            {
                tree.AddListed(listed, name);
            }
        }
        else if (!tree.AddContainers(root, configuration, "", 0))
        {
            throw WeightException.Unreadable(source, "it is an HDF5 file without the layers of a Keras model; save the model's weights with Keras");
        }

        return tree._variables;
    }

    /// <summary>The group that lists the layers, if any does: the root itself, or the one in it beside a whole model's configuration.</summary>
    public static Hdf5Object FindListed(Hdf5Object root) =>
        ReadTexts(root, LayerNames) is null && root.Find("model_weights") is { IsDataset: false } inner ? inner : root;

    /// <summary>An attribute's texts; one too long for an attribute is continued in others whose names end in numbers.</summary>
    public static IReadOnlyList<string>? ReadTexts(Hdf5Object group, string attribute)
    {
        if (group.FindTexts(attribute) is { } whole)
        {
            return whole;
        }

        var texts = new List<string>();
        for (int part = 0; group.FindTexts(attribute + part.ToString(CultureInfo.InvariantCulture)) is { } more; part++)
        {
            texts.AddRange(more);
        }

        return texts.Count > 0 ? texts : null;
    }

    /// <summary>The arrays of a layer, or of all layers of a model that is a layer, by the names that its group lists.</summary>
    private void AddListed(Hdf5Object root, string name)
    {
        Hdf5Object group = root.FindPath(name)
            ?? throw WeightException.Unreadable(_source, $"it lists the layer {WeightException.Quote(name)}, but has no such group, so it is damaged");
        (string Path, string Owner, string Name)[] arrays = [.. (ReadTexts(group, WeightNames) ?? []).Select(SplitPath)];
        HashSet<string> owners = [.. arrays.Select(array => array.Owner)];
        HashSet<string> separable = [.. arrays.Where(array => KerasVariable.RoleOf(array.Name) == KerasRole.PointwiseKernel).Select(array => array.Owner)];
        KerasConfiguration? model = _outer.GetValueOrDefault(name)?.Model;
        ILookup<string, string>? inner = model?.AllLayers.ToLookup(layer => layer.Name, layer => layer.NodeName, StringComparer.Ordinal);
        bool isModel = model is not null || (owners.Count > 1 && !_outer.ContainsKey(name));
        foreach ((string path, string owner, string variable) in arrays)
        {
            Hdf5Object data = group.FindPath(path) is { IsDataset: true } found
                ? found
                : throw WeightException.Unreadable(_source, $"it lists the array {WeightException.Quote(path)}, but has no such dataset, so it is damaged");
            string last = owner.Split('/')[^1];
            string layer = isModel ? inner?[owner].FirstOrDefault() ?? inner?[last].FirstOrDefault() ?? last : name;
            Add(layer, KerasVariable.RoleOf(variable), variable, data, separable.Contains(owner));
        }
    }

    /// <summary>"conv1/kernel:0": whose it is, and what.</summary>
    private static (string Path, string Owner, string Name) SplitPath(string path)
    {
        int end = Math.Max(path.LastIndexOf('/'), 0);
        return (path, path[..end], path[end..].TrimStart('/').Split(':')[0]);
    }

    /// <summary>The arrays of the layers in a model's containers; false where it has none.</summary>
    private bool AddContainers(Hdf5Object model, KerasConfiguration? configuration, string prefix, int depth)
    {
        bool isModel = false;
        foreach (string container in Containers)
        {
            if (model.Find(container) is not { IsDataset: false } group || !_visited.Add(group.Address))
            {
                continue;
            }

            isModel = true;
            Dictionary<string, KerasLayer>? layers = configuration?.NameForSaving().ToDictionary(each => each.Name, each => each.Layer, StringComparer.Ordinal);
            foreach (string name in group.Names)
            {
                if (group.Find(name) is { IsDataset: false } member)
                {
                    AddNumbered(member, name, layers?.GetValueOrDefault(name), prefix, depth);
                }
            }
        }

        return isModel;
    }

    private void AddNumbered(Hdf5Object group, string name, KerasLayer? layer, string prefix, int depth)
    {
        string path = prefix.Length == 0 ? name : $"{prefix}/{name}";
        if (depth < DeepestModel)
        {
            AddContainers(group, layer?.Model, path, depth + 1);
        }

        if (group.Find("vars") is not { IsDataset: false } variables || !_visited.Add(variables.Address))
        {
            return;
        }

        string[] numbers = [.. variables.Names.OrderBy(number => number.Length).ThenBy(number => number, StringComparer.Ordinal)];
        if (numbers.Length == 0)
        {
            return;
        }

        string type = layer is null ? name.TrimEnd([.. "0123456789"]).TrimEnd('_') : KerasConfiguration.ToSnakeCase(layer.Class);
        ImmutableArray<KerasRole>? roles = KerasVariable.RolesOf(type, numbers.Length, layer);
        if (roles is null && type == "batch_normalization")
        {
            throw WeightException.Unreadable(
                _source, $"its layer {WeightException.Quote(path)} is a batch normalisation with {numbers.Length} arrays, and only the whole model says which; save it as .keras");
        }

        string owner = layer?.NodeName ?? (variables.FindTexts("name") is [var given] && prefix.Length == 0 ? given : path);
        for (int i = 0; i < numbers.Length; i++)
        {
            if (variables.Find(numbers[i]) is { IsDataset: true } data)
            {
                KerasRole role = roles is { } known && i < known.Length ? known[i] : KerasRole.Other;
                Add(owner, role, numbers[i], data, type == "separable_conv2d");
            }
        }
    }

    private void Add(string layer, KerasRole role, string name, Hdf5Object data, bool isSeparable)
    {
        // Keras 3 calls a depthwise kernel just that: a kernel. Without a configuration, the layer's name may say what it is.
        if (role == KerasRole.Kernel
            && (_layers.TryGetValue(layer, out KerasLayer? known) ? known.Class == "DepthwiseConv2D" : layer.StartsWith("depthwise_conv2d", StringComparison.Ordinal)))
        {
            role = KerasRole.DepthwiseKernel;
        }

        _variables.Add(_variables.Count < MostVariables
            ? new KerasVariable(layer, role, isSeparable, name, data)
            : throw WeightException.Unreadable(_source, $"it has more than {MostVariables:N0} arrays, the most that are read"));
    }
}
