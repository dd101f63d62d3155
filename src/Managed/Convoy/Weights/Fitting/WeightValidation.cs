using static Convoy.Weights.WeightException;

namespace Convoy.Weights.Fitting;

/// <summary>Compares the tensors a set has with those a network needs, and reports the differences in one sentence.</summary>
internal static class WeightValidation
{
    private const int MostProblems = 5;
    private const int MostNames = 3;

    /// <summary>Passes when every tensor is there, each of the right shape, and no other but harmless ones.</summary>
    /// <param name="source">What the tensors come from.</param>
    /// <param name="network">The network.</param>
    /// <param name="byName">The tensors by the names that the network has for them.</param>
    /// <param name="others">Those that have no such name, and must be harmless.</param>
    /// <param name="isStrict">Whether those are refused as well.</param>
    public static void Check(
        string source, Network network, IReadOnlyDictionary<string, WeightTensor> byName, IEnumerable<WeightTensor> others, bool isStrict)
    {
        ImmutableArray<NeededTensor> needed = NeededTensor.Of(network);
        NeededTensor[] unmet = [.. needed.Where(IsUnmet)];
        if (unmet.Length > 0 && byName.Count == 0 && !others.Any())
        {
            throw new WeightException($"{source} has no tensor with an element, but the network '{network.Name}' needs {unmet.Length:N0}; check where it comes from.");
        }

        WeightTensor[] unknown = [.. others.Where(tensor => isStrict || !HarmlessTensors.Includes(tensor))];
        int count = unmet.Length + unknown.Length;
        if (count == 0)
        {
            return;
        }

        // The first few alone are put into words: a foreign file may have a great many.
        IEnumerable<string> problems = unmet.Select(DescribeUnmet).Concat(unknown.Select(DescribeUnknown)).Take(MostProblems);
        string more = count > MostProblems ? $"; and {count - MostProblems:N0} more" : "";
        throw new WeightException($"{string.Join("; ", problems)}{more}{DescribeInstead()}.");

        // Whoever misses names wants to see those there are; where few are missing, the problems have them already.
        string DescribeInstead()
        {
            if (unmet.Length < MostProblems || unknown.Length == 0 || unmet.All(each => byName.ContainsKey(each.Name)))
            {
                return "";
            }

            string names = string.Join(", ", unknown.Take(MostNames).Select(tensor => Quote(tensor.Name)));
            int left = unknown.Length - MostNames;
            string others = left > 0 ? $" and {left:N0} other{(left == 1 ? "" : "s")}" : "";
            return $"; instead it has {names}{others}, which 'convoy describe' lists";
        }

        bool IsUnmet(NeededTensor each) => byName.TryGetValue(each.Name, out WeightTensor? tensor)
            ? tensor.Shape != each.Shape || !tensor.ElementType.IsFloatingPoint()
            : each.IsRequired;

        string DescribeUnmet(NeededTensor each)
        {
            if (!byName.TryGetValue(each.Name, out WeightTensor? tensor))
            {
                return $"{Quote(each.Name)} is missing in {source}, but the network '{network.Name}' needs {each.Shape}";
            }

            string where = tensor.Name == each.Name ? source : $"{source} (there {Quote(tensor.Name)})";
            return tensor.Shape != each.Shape
                ? $"{Quote(each.Name)} is {tensor.Shape} in {where}, but the network '{network.Name}' needs {each.Shape}"
                : $"{Quote(each.Name)} is {tensor.ElementTypeName} in {where}, but the network '{network.Name}' needs floating-point numbers";
        }

        string DescribeUnknown(WeightTensor tensor) =>
            $"{Quote(tensor.Name)} is {tensor.Shape} in {source}, but the network '{network.Name}' has no such tensor";
    }
}
