namespace Convoy.Cli.Common;

/// <summary>What algorithms' names do not explain by themselves.</summary>
internal static class AlgorithmNotes
{
    private const string ExponentCoded = "exponent-coded";

    /// <summary>A sentence for each that needs one, or none.</summary>
    public static IEnumerable<string> Of(IEnumerable<string?> algorithms) =>
        algorithms.Any(algorithm => algorithm?.Contains(ExponentCoded, StringComparison.Ordinal) == true)
            ? [$"Weights that are {ExponentCoded} take 28 bits each in place of 32, without loss: scores are the same to the last bit."]
            : [];
}
