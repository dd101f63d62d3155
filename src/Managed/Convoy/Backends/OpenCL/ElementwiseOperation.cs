using Convoy.Layers;

namespace Convoy.Backends.OpenCL;

/// <summary>What elementwise.cl computes of its inputs before the activation: a row of the one list there is.</summary>
/// <param name="Name">Its name in macros.</param>
/// <param name="Expression">OpenCL C for the numbers <c>a</c> and <c>b</c>; <c>b</c> is not read where it is not mentioned.</param>
/// <param name="Inputs">How many of them there are.</param>
internal sealed record ElementwiseOperation(string Name, string Expression, int Inputs)
{
    /// <summary>The input as it is.</summary>
    public static ElementwiseOperation Copy { get; } = new("copy", "a", 1);

    /// <summary>The sum of two inputs.</summary>
    public static ElementwiseOperation Add { get; } = new("add", "a + b", 2);

    /// <summary>All of them.</summary>
    public static ImmutableArray<ElementwiseOperation> All { get; } = [Copy, Add];

    /// <summary>Its line in the source.</summary>
    public string Definition => $"#define {Macro}(a, b) ({Expression})";

    /// <summary>The options of a kernel that computes it alone.</summary>
    public string Options => $"-D ELEMENTWISE={Macro}";

    private string Macro => $"ELEMENTWISE_{Name.ToUpperInvariant()}";

    /// <summary>What a layer computes element by element; null for other layers.</summary>
    public static ElementwiseOperation? Of(Layer layer) => layer switch
    {
        Layers.Add => Add,
        ActivationLayer => Copy,
        _ => null,
    };
}
