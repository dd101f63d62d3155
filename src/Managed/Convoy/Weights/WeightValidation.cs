using static Convoy.Weights.WeightException;

namespace Convoy.Weights;

/// <summary>Compares the tensors a set has with those a network needs, and reports the differences in one sentence.</summary>
internal static class WeightValidation
{
    private const int MostProblems = 5;

    /// <summary>Passes when every tensor is there, each of the right shape, and no other.</summary>
    public static void Check(
        string source, IReadOnlyList<WeightTensor> tensors, IReadOnlyDictionary<string, WeightTensor> byName, Network network)
    {
        HashSet<string> needed = [.. network.Parameters.Select(parameter => parameter.Name)];
        (string Name, Shape Shape)[] unmet =
            [.. network.Parameters.Where(each => !byName.TryGetValue(each.Name, out WeightTensor? tensor) || tensor.Shape != each.Shape)];
        WeightTensor[] unknown = [.. tensors.Where(tensor => !needed.Contains(tensor.Name))];
        int count = unmet.Length + unknown.Length;
        if (count == 0)
        {
            return;
        }

        // The first few alone are put into words: a foreign file may have a great many.
        IEnumerable<string> problems = unmet.Select(DescribeUnmet).Concat(unknown.Select(DescribeUnknown)).Take(MostProblems);
        string more = count > MostProblems ? $"; and {count - MostProblems:N0} more" : "";
        throw new WeightException($"{string.Join("; ", problems)}{more}.");

        string DescribeUnmet((string Name, Shape Shape) parameter) => byName.TryGetValue(parameter.Name, out WeightTensor? tensor)
            ? $"{Quote(parameter.Name)} is {tensor.Shape} in {source}, but the network '{network.Name}' needs {parameter.Shape}"
            : $"{Quote(parameter.Name)} is missing in {source}, but the network '{network.Name}' needs {parameter.Shape}";

        string DescribeUnknown(WeightTensor tensor) =>
            $"{Quote(tensor.Name)} is {tensor.Shape} in {source}, but the network '{network.Name}' has no such tensor";
    }
}
