namespace Convoy.Tests.Cases;

/// <summary>Convolutions with maximum pooling behind them that Winograd's algorithm can compute at once.</summary>
public static class PooledCases
{
    public static IEnumerable<OperatorCase> All =>
    [
        Pooled("AlexNet's windows", [16, 27, 27], 40, 5, 3, 2, padding: 2, activation: Activation.Relu, batch: 3),
        Pooled("AlexNet's first convolution, thin", [3, 227, 227], 10, 11, 3, 2, stride: 4, activation: Activation.Relu),
        Pooled("batch 65", [5, 13, 13], 33, 3, 3, 2, padding: 1, activation: Activation.Relu, batch: 65),
        Pooled("side by side", [3, 16, 31], 17, 3, 2, 2, padding: 1, activation: Activation.Tanh, batch: 2),
        Pooled("stride 1", [4, 11, 14], 8, 3, 3, 1),
        Pooled("stride beyond the kernel", [4, 29, 33], 8, 3, 2, 5, batch: 2),
        Pooled("not square", [4, 21, 17], 7, new Extent2D(3, 4), new Extent2D(4, 2), new Extent2D(3, 1)),
        Pooled("one window", [4, 9, 10], 6, 3, new Extent2D(7, 8), 1),
        Pooled("kernel 1", [4, 9, 10], 6, 3, 1, 2),
        Pooled("padded", [3, 15, 12], 20, 3, 3, 2, poolPadding: new Padding(1, 2, 2, 0), activation: Activation.Relu),
        Pooled("SAME", [3, 15, 12], 20, 3, 3, 2, poolPadding: Padding.Same),
        Pooled("ceil mode", [3, 14, 12], 20, 3, 3, 2, ceilMode: true),
        Pooled("groups", [6, 13, 15], 9, 3, 3, 2, padding: 1, groups: 3, activation: Activation.Relu, batch: 3),
        Pooled("stride 2", [5, 30, 27], 12, 5, 3, 2, stride: 2, padding: 2, batch: 3),
        Pooled("no bias", [4, 12, 12], 8, 3, 2, 2, bias: false),
    ];

    /// <summary>A case; the sizes are those of the convolution, unless said otherwise.</summary>
    public static OperatorCase Pooled(
        string name,
        int[] input,
        int filters,
        Extent2D kernel,
        Extent2D poolKernel,
        Extent2D poolStride,
        Extent2D? stride = null,
        Padding padding = default,
        Padding poolPadding = default,
        bool ceilMode = false,
        int groups = 1,
        bool bias = true,
        Activation activation = default,
        int batch = 1) =>
        new($"pooled: {name}", new Convolution2D(filters, kernel, stride ?? 1, padding, 1, groups, bias), [new Shape(input)], activation, batch)
        {
            Pool = new Pool2D(PoolKind.Max, poolKernel, poolStride, poolPadding, ceilMode),
        };
}
