namespace Convoy.Weights;

/// <summary>How a file's tensors were found to be a network's.</summary>
public enum WeightNaming
{
    /// <summary>They have the network's names.</summary>
    Same,

    /// <summary>They have the network's names behind a prefix that all of them share.</summary>
    Prefix,

    /// <summary>They have the names of a published model, which a table maps to the network's.</summary>
    Table,

    /// <summary>A <see cref="WeightMap"/> says which is which.</summary>
    Map,

    /// <summary>They have other names, but fit the network by their order and shapes, in one way alone.</summary>
    OrderAndShape,
}

/// <summary>How a file's weights are fitted to a network.</summary>
public sealed record WeightFitOptions
{
    /// <summary>Which of the file's names stand for which of the network's; null to find out.</summary>
    public WeightMap? Map { get; init; }

    /// <summary>Whether tensors that the network does not need are refused, harmless ones too.</summary>
    public bool IsStrict { get; init; }
}

/// <summary>A file's weights as a network has them, and how they were found.</summary>
public sealed class WeightFit
{
    internal WeightFit(
        WeightSet weights, WeightNaming naming, string description, IReadOnlyDictionary<string, string> namesInFile, IReadOnlyList<WeightTensor> passedOver)
    {
        Weights = weights;
        Naming = naming;
        Description = description;
        NamesInFile = namesInFile;
        PassedOver = passedOver;
    }

    /// <summary>
    /// The network's tensors, under its names and in its order: all of them, those with a default that the file lacks too. The
    /// numbers are those of the set that was fitted: disposing of either lets them go.
    /// </summary>
    public WeightSet Weights { get; }

    /// <summary>How the tensors were found.</summary>
    public WeightNaming Naming { get; }

    /// <summary>How the tensors were found, as a sentence about the file has it: "its names have the prefix 'module.'".</summary>
    public string Description { get; }

    /// <summary>The file's names by the network's, of all tensors that the file has.</summary>
    public IReadOnlyDictionary<string, string> NamesInFile { get; }

    /// <summary>Tensors of the file that the network does not need, by their names there.</summary>
    public IReadOnlyList<WeightTensor> PassedOver { get; }

    /// <summary>How the tensors were found, and how many were passed over.</summary>
    public override string ToString() => FormattableString.Invariant($"{Naming}, {PassedOver.Count:N0} tensors passed over: {Description}");
}
