namespace Convoy.Weights.Fitting;

/// <summary>Which of a file's tensors stand for which of a network's.</summary>
/// <param name="Naming">How that was found.</param>
/// <param name="Description">The same, as <see cref="WeightFit.Description"/> has it.</param>
/// <param name="ByName">The file's tensors by the network's names. Some may be missing, or have the wrong shape: validation says so.</param>
internal sealed record NameAssignment(WeightNaming Naming, string Description, IReadOnlyDictionary<string, WeightTensor> ByName)
{
    /// <summary>Tensors that the user wants passed over, whatever they are.</summary>
    public IReadOnlySet<WeightTensor> Dismissed { get; init; } = new HashSet<WeightTensor>();
}
