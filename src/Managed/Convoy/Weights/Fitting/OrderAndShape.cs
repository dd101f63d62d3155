using static Convoy.Weights.WeightException;

namespace Convoy.Weights.Fitting;

/// <summary>
/// Maps a file's tensors to a network's where no name tells. Tensors are taken layer by layer where their names end as the
/// network's do (weight, bias), and one by one otherwise. All that is not harmless has to find its place. Either each place has
/// exactly one layer that fits it, whatever the order; or all fit in the order of the file, or in that of the names. Where the two
/// orders both fit and differ, nothing says which is right, and the file is refused.
/// </summary>
internal static class OrderAndShape
{
    /// <summary>Maps all, or returns null where they do not fit.</summary>
    /// <exception cref="WeightException">They fit in two ways.</exception>
    public static NameAssignment? Find(string source, IReadOnlyList<WeightTensor> tensors, Network network)
    {
        ImmutableArray<NeededTensor> needed = NeededTensor.Of(network);
        WeightTensor[] weights = [.. tensors.Where(tensor => !HarmlessTensors.Includes(tensor))];
        if (weights.Length > needed.Length)
        {
            return null;
        }

        ImmutableArray<Place> places = [.. needed.GroupBy(each => each.Node).Select(layer => new Place([.. layer], HasRoles: true))];
        ImmutableArray<Candidate> candidates = SplitIntoLayers(weights);
        var roles = needed.Select(each => each.Parameter.Name).ToHashSet(StringComparer.Ordinal);
        if (candidates.Length != places.Length || !weights.All(tensor => roles.Contains(RoleOf(tensor))))
        {
            // What may be missing can then not be told apart from what is there: all of it, or none.
            NeededTensor[] required = [.. needed.Where(each => each.IsRequired)];
            places = [.. (weights.Length == required.Length ? required : [.. needed]).Select(each => new Place([each], HasRoles: false))];
            candidates = [.. weights.Select(tensor => new Candidate(tensor.Name, [tensor]))];
        }

        return candidates.Length == places.Length && FindOrder(source, candidates, places, network) is { } order
            ? Assign(order, places, tensors)
            : null;
    }

    private static ImmutableArray<Candidate>? FindOrder(
        string source, ImmutableArray<Candidate> inFile, ImmutableArray<Place> places, Network network)
    {
        if (FindOnlyFits(inFile, places) is { } only)
        {
            return only;
        }

        ImmutableArray<Candidate> byName = [.. inFile.OrderBy(candidate => candidate.Name, NaturalOrder.Instance)];
        bool fileFits = Fits(inFile, places);
        bool namesFit = Fits(byName, places);
        if (fileFits && namesFit && !inFile.SequenceEqual(byName))
        {
            int at = Enumerable.Range(0, places.Length).First(i => inFile[i] != byName[i]);
            throw new WeightException(
                $"The tensors of {source} have other names than those of the network '{network.Name}' and fit it in more than one order: "
                + $"{Quote(places[at].Name)} may be {Quote(inFile[at].Name)} or {Quote(byName[at].Name)}; say which with a map of names.");
        }

        return fileFits ? inFile : namesFit ? byName : null;
    }

    /// <summary>The candidates in the order of the places, where each place has one alone that fits it.</summary>
    private static ImmutableArray<Candidate>? FindOnlyFits(ImmutableArray<Candidate> candidates, ImmutableArray<Place> places)
    {
        var order = ImmutableArray.CreateBuilder<Candidate>(places.Length);
        foreach (Place place in places)
        {
            Candidate[] fitting = [.. candidates.Where(place.Takes).Take(2)];
            if (fitting.Length != 1)
            {
                return null;
            }

            order.Add(fitting[0]);
        }

        return order.Distinct().Count() == places.Length ? order.MoveToImmutable() : null;
    }

    private static bool Fits(ImmutableArray<Candidate> candidates, ImmutableArray<Place> places) =>
        candidates.Zip(places).All(pair => pair.Second.Takes(pair.First));

    private static NameAssignment? Assign(ImmutableArray<Candidate> order, ImmutableArray<Place> places, IReadOnlyList<WeightTensor> tensors)
    {
        var byName = new Dictionary<string, WeightTensor>(StringComparer.Ordinal);
        foreach ((Candidate candidate, Place place) in order.Zip(places))
        {
            foreach (WeightTensor tensor in candidate.Tensors)
            {
                byName.Add(place.Find(tensor)!.Name, tensor);
            }
        }

        // A name that the network has as well says what it says.
        return tensors.Any(tensor => byName.TryGetValue(tensor.Name, out WeightTensor? assigned) && assigned != tensor)
            ? null
            : new(
                WeightNaming.OrderAndShape,
                $"its names are not the network's, but its tensors fit by order and shape ({Quote(order[0].Name)} is taken for {Quote(places[0].Name)}, and so on)",
                byName);
    }

    private static string RoleOf(WeightTensor tensor) => tensor.Name[(tensor.Name.LastIndexOf('.') + 1)..];

    private static ImmutableArray<Candidate> SplitIntoLayers(WeightTensor[] weights) =>
    [
        .. weights.GroupBy(tensor => tensor.Name[..Math.Max(0, tensor.Name.LastIndexOf('.'))], StringComparer.Ordinal)
            .Select(layer => new Candidate(layer.Key, [.. layer])),
    ];

    /// <summary>A layer of the file, or a tensor by itself.</summary>
    private sealed record Candidate(string Name, ImmutableArray<WeightTensor> Tensors);

    /// <summary>A layer of the network, whose tensors are told apart by their roles, or a tensor by itself.</summary>
    private sealed record Place(ImmutableArray<NeededTensor> Needed, bool HasRoles)
    {
        public string Name => HasRoles ? Needed[0].Node.Name : Needed[0].Name;

        public bool Takes(Candidate candidate) =>
            candidate.Tensors.All(tensor => Find(tensor) is { } needed && needed.Shape == tensor.Shape)
            && (!HasRoles || Needed.All(each => !each.IsRequired || candidate.Tensors.Any(tensor => Find(tensor) == each)));

        public NeededTensor? Find(WeightTensor tensor) => HasRoles
            ? Needed.FirstOrDefault(each => each.Parameter.Name == RoleOf(tensor))
            : Needed[0];
    }
}
