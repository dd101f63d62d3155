namespace Convoy.Weights.Fitting;

/// <summary>Looks for the one tensor of a file but for which all would fit a network by order and shape, to name it in the refusal.</summary>
internal static class StrangerSearch
{
    /// <summary>Each tensor is left out in turn, and the others are ordered anew: a file of more tensors would take long.</summary>
    private const int MostTensors = 400;

    /// <summary>The tensor; null where there is none, or more than one would do.</summary>
    public static WeightTensor? Find(string source, IReadOnlyList<WeightTensor> tensors, Network network)
    {
        WeightTensor[] weights = [.. tensors.Where(tensor => !HarmlessTensors.Includes(tensor))];
        ImmutableArray<NeededTensor> needed = NeededTensor.Of(network);
        bool hasOneMore = weights.Length == needed.Length + 1 || weights.Length == needed.Count(each => each.IsRequired) + 1;
        if (!hasOneMore || weights.Length > MostTensors)
        {
            return null;
        }

        WeightTensor[] found = [.. weights.Where(stranger => Fits([.. weights.Where(each => each != stranger)])).Take(2)];
        return found.Length == 1 ? found[0] : null;

        bool Fits(WeightTensor[] others)
        {
            try
            {
                return OrderAndShape.Find(source, others, network) is not null;
            }
            catch (WeightException)
            {
                // They fit in two orders, of which none can be told to be right.
                return false;
            }
        }
    }
}
