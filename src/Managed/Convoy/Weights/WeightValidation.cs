using static Convoy.Weights.WeightException;

namespace Convoy.Weights;

/// <summary>Compares the tensors a set has with those a network needs, and reports every difference in one sentence.</summary>
internal static class WeightValidation
{
    private const int MostProblems = 5;

    /// <summary>Passes when every tensor is there, each of the right shape, and no other.</summary>
    public static void Check(
        string source, IReadOnlyList<WeightTensor> tensors, IReadOnlyDictionary<string, WeightTensor> byName, Network network)
    {
        List<string> problems = FindProblems(source, tensors, byName, network);
        if (problems.Count == 0)
        {
            return;
        }

        string list = string.Join("; ", problems.Take(MostProblems));
        string more = problems.Count > MostProblems ? $"; and {problems.Count - MostProblems:N0} more" : "";
        throw new WeightException($"{list}{more}.");
    }

    private static List<string> FindProblems(
        string source, IReadOnlyList<WeightTensor> tensors, IReadOnlyDictionary<string, WeightTensor> byName, Network network)
    {
        var problems = new List<string>();
        var needed = new HashSet<string>(StringComparer.Ordinal);
        foreach ((string name, Shape shape) in network.Parameters)
        {
            needed.Add(name);
            if (!byName.TryGetValue(name, out WeightTensor? tensor))
            {
                problems.Add($"{Quote(name)} is missing in {source}, but the network '{network.Name}' needs {shape}");
            }
            else if (tensor.Shape != shape)
            {
                problems.Add($"{Quote(name)} is {tensor.Shape} in {source}, but the network '{network.Name}' needs {shape}");
            }
        }

        problems.AddRange(
            from tensor in tensors
            where !needed.Contains(tensor.Name)
            select $"{Quote(tensor.Name)} is {tensor.Shape} in {source}, but the network '{network.Name}' has no such tensor");
        return problems;
    }
}
