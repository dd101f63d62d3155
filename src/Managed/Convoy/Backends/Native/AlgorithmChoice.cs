namespace Convoy.Backends.Native;

/// <summary>
/// Chooses among the algorithms that can compute a layer: the one of the least cost by the library's model, unless another
/// comes so close that the model cannot tell them apart; then what was measured, once, settles it. The choice depends on
/// the layer, the processor and the batch size alone.
/// </summary>
internal static class AlgorithmChoice
{
    // The model is right to about a quarter.
    private const double Closeness = 1.25;

    /// <summary>Chooses a plan.</summary>
    /// <param name="candidates">The layer's plans, one for each algorithm; at least one.</param>
    /// <param name="layer">What tells this layer from others.</param>
    /// <param name="measured">Settles close races; null leaves them to the model.</param>
    /// <param name="reason">The costs of all, relative to the first, and what settled it.</param>
    public static NativePlan Choose(NativePlan[] candidates, string layer, MeasuredChoices? measured, out string reason)
    {
        NativePlan cheapest = candidates.MinBy(plan => plan.Cost);
        if (candidates.Length == 1)
        {
            reason = $"no other than {cheapest.AlgorithmName} applies";
            return cheapest;
        }

        string costs = string.Join(", ", candidates.Select(plan => FormattableString.Invariant($"{plan.AlgorithmName} {plan.Cost / candidates[0].Cost:F2}")));
        NativePlan[] close = [.. candidates.Where(plan => plan.Cost <= Closeness * cheapest.Cost)];
        if (measured is null || close.Length == 1)
        {
            reason = $"of {costs}: by cost";
            return cheapest;
        }

        IReadOnlyDictionary<string, double> times = measured.Get(layer, close);
        string list = string.Join(", ", close.Select(plan => FormattableString.Invariant($"{plan.AlgorithmName} {times[plan.AlgorithmName]:G3} ms")));
        reason = $"of {costs}: by measurement ({list})";
        return close.MinBy(plan => times[plan.AlgorithmName]);
    }
}
