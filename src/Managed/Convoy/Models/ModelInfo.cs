namespace Convoy.Models;

/// <summary>
/// A network with a name, and what a program needs to know to run it: how images become its input, what its classes are
/// called, and which trained weights come along.
/// </summary>
/// <param name="Name">The name to ask for it by, which is its network's too: "lenet5".</param>
/// <param name="Title">The name as people write it: "LeNet-5".</param>
/// <param name="CreateNetwork">Builds the network.</param>
/// <param name="ImagePreset">How images become its input, by the name of a preset in Convoy.Imaging: "mnist".</param>
public sealed record ModelInfo(string Name, string Title, Func<Network> CreateNetwork, string ImagePreset)
{
    /// <summary>The names of its classes in the order of their indexes: one for each score, or none at all.</summary>
    public ImmutableArray<string> ClassNames { get; init; } = [];

    /// <summary>The name by which <c>PretrainedWeights.Open</c> has its trained weights; null where none come along.</summary>
    public string? PretrainedWeights { get; init; }

    /// <summary>Its name.</summary>
    public override string ToString() => Name;
}
