using CommunityToolkit.HighPerformance;

namespace Convoy.Weights.Fitting;

/// <summary>
/// Finds a network's tensors in a file that may name them otherwise. Asked in this order: the names as they are; behind a prefix;
/// by the tables for published models; by order and shape. The first that gives all that is required is taken; whether
/// the shapes are right, and nothing of weight is left over, is then for validation to say.
/// </summary>
internal static class WeightFitting
{
    /// <summary>Fits tensors to a network.</summary>
    /// <param name="source">What they come from.</param>
    /// <param name="tensors">The tensors; their names differ.</param>
    /// <param name="network">The network.</param>
    /// <param name="options">How.</param>
    /// <param name="made">Storages of what the file lacks and the network has a default for.</param>
    /// <param name="passedOver">What the network does not need.</param>
    /// <returns>The network's tensors under its names, and how they were found.</returns>
    public static (NameAssignment Names, IReadOnlyList<WeightTensor> Tensors) Fit(
        string source,
        IReadOnlyList<WeightTensor> tensors,
        Network network,
        WeightFitOptions options,
        out IReadOnlyList<WeightStorage> made,
        out IReadOnlyList<WeightTensor> passedOver)
    {
        ImmutableArray<NeededTensor> needed = NeededTensor.Of(network);
        NameAssignment names = options.Map is { } map ? Assign(map, source, tensors, network, needed) : FindNames(source, tensors, network, needed);
        var used = names.ByName.Values.ToHashSet();
        passedOver = [.. tensors.Where(tensor => !used.Contains(tensor))];
        try
        {
            WeightValidation.Check(source, network, names.ByName, passedOver.Where(tensor => !names.Dismissed.Contains(tensor)), options.IsStrict);
        }
        catch (WeightException e) when (IsIncomplete(names, needed) && StrangerSearch.Find(source, tensors, network) is { } stranger)
        {
            string name = WeightException.Quote(stranger.Name);
            throw new WeightException(
                $"All tensors of {source} fit the network '{network.Name}' by order and shape but for {name}; pass that over with a map of names (--map) that has the line {WeightException.Quote($"{stranger.Name} = -")}.", e);
        }

        var storages = new List<WeightStorage>();
        var orders = new Lazy<FlatteningOrder>(() => new FlatteningOrder(network));
        WeightTensor[] fitted =
        [
            .. needed.Select(each => names.ByName.TryGetValue(each.Name, out WeightTensor? tensor)
                ? Arrange(tensor.Rename(each.Name), each, orders, source, storages)
                : MakeDefault(each, source, storages)),
        ];
        made = storages;
        return (names, fitted);
    }

    /// <summary>Whether names were looked for in every way, and some were not found.</summary>
    private static bool IsIncomplete(NameAssignment names, ImmutableArray<NeededTensor> needed) =>
        names.Naming == WeightNaming.Same && needed.Any(each => each.IsRequired && !names.ByName.ContainsKey(each.Name));

    /// <summary>By a map; where that only says what to pass over, the others are found as they would be without it.</summary>
    private static NameAssignment Assign(
        WeightMap map, string source, IReadOnlyList<WeightTensor> tensors, Network network, ImmutableArray<NeededTensor> needed)
    {
        NameAssignment mapped = map.Assign(source, tensors, network);
        return map.OnlyDismisses
            ? FindNames(source, [.. tensors.Where(tensor => !mapped.Dismissed.Contains(tensor))], network, needed) with { Dismissed = mapped.Dismissed }
            : mapped;
    }

    private static NameAssignment FindNames(
        string source, IReadOnlyList<WeightTensor> tensors, Network network, ImmutableArray<NeededTensor> needed)
    {
        Dictionary<string, WeightTensor> byName = tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        NameAssignment same = new(WeightNaming.Same, "its names are the network's", Take("", byName, needed));
        return IsComplete("", byName, needed)
            ? same
            : FindPrefix(byName, needed)
                ?? NameTables.Find(byName, needed)
                ?? OrderAndShape.Find(source, tensors, network)
                ?? same;
    }

    private static NameAssignment? FindPrefix(Dictionary<string, WeightTensor> byName, ImmutableArray<NeededTensor> needed)
    {
        if (needed.FirstOrDefault(each => each.IsRequired) is not { } first)
        {
            return null;
        }

        string ending = $".{first.Name}";
        return byName.Keys
            .Where(name => name.EndsWith(ending, StringComparison.Ordinal))
            .Select(name => name[..^first.Name.Length])
            .FirstOrDefault(prefix => IsComplete(prefix, byName, needed)) is { } found
            ? new(WeightNaming.Prefix, $"its names have the prefix {WeightException.Quote(found)}", Take(found, byName, needed))
            : null;
    }

    private static Dictionary<string, WeightTensor> Take(
        string prefix, Dictionary<string, WeightTensor> byName, ImmutableArray<NeededTensor> needed)
    {
        var found = new Dictionary<string, WeightTensor>(StringComparer.Ordinal);
        foreach (NeededTensor each in needed)
        {
            if (byName.TryGetValue(prefix + each.Name, out WeightTensor? tensor))
            {
                found.Add(each.Name, tensor);
            }
        }

        return found;
    }

    private static bool IsComplete(string prefix, Dictionary<string, WeightTensor> byName, ImmutableArray<NeededTensor> needed) =>
        needed.All(each => !each.IsRequired || byName.ContainsKey(prefix + each.Name));

    private static WeightTensor Arrange(WeightTensor tensor, NeededTensor needed, Lazy<FlatteningOrder> orders, string source, List<WeightStorage> storages)
    {
        if (!tensor.IsChannelsLast || orders.Value.Find(source, needed) is not { } order)
        {
            return tensor.WithoutChannelsLast();
        }

        (WeightTensor turned, WeightStorage storage) = FlatteningOrder.Turn(tensor, order, source);
        storages.Add(storage);
        return turned;
    }

    private static WeightTensor MakeDefault(NeededTensor needed, string source, List<WeightStorage> storages)
    {
        float[] values = new float[needed.Shape.Count];
        Array.Fill(values, needed.Parameter.Default!.Value);
        var storage = new HeapStorage(source, values.AsMemory().AsBytes());
        storages.Add(storage);
        return new WeightTensor(needed.Name, ElementType.Float32, needed.Shape, storage, 0, (int)storage.Length);
    }
}
