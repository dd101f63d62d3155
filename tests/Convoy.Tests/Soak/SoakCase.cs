namespace Convoy.Tests.Soak;

/// <summary>A way to compile one of the networks: sessions compiled so give an image the same bits, each time.</summary>
internal sealed record SoakCase(SoakNetwork Network, Device Device, SessionOptions Options)
{
    /// <summary>What it is, in words: where bits are recorded, and what is reported when they change.</summary>
    public string Name { get; } = string.Join(
        ", ",
        $"{Network.Network.Name} on {Device}",
        $"batch {Options.BatchSize}",
        $"{Options.Threads} threads",
        Options.InstructionSet,
        Options.ConvolutionAlgorithm,
        Options.WeightPrecision,
        Options.AllowChains ? "chains" : "no chains");

    /// <summary>The cases of LeNet-5 on devices: batch sizes, thread counts, precisions, algorithms, instruction sets.</summary>
    public static IEnumerable<SoakCase> OfLeNet5(SoakNetwork network, IReadOnlyCollection<Device> devices) => devices.SelectMany(device =>
        (device == Device.Native ? NativeLeNet5 : device == Device.Reference ? [Batch(3)] : OpenClLeNet5).Select(options => new SoakCase(network, device, options)));

    /// <summary>The cases of AlexNet; the reference is left out, which takes ten seconds an image.</summary>
    public static IEnumerable<SoakCase> OfAlexNet(SoakNetwork network, IReadOnlyCollection<Device> devices) =>
        devices.Where(device => device != Device.Reference).SelectMany(device =>
            (device == Device.Native ? NativeAlexNet : OpenClAlexNet).Select(options => new SoakCase(network, device, options)));

    private static SessionOptions[] NativeLeNet5 =>
    [
        Batch(1),
        Batch(7) with { Threads = 1 },
        Batch(16) with { AllowChains = false },
        Batch(64) with { Threads = 2, WeightPrecision = WeightPrecision.BFloat16 },
        Batch(5) with { Threads = 3, InstructionSet = InstructionSet.Scalar, ConvolutionAlgorithm = ConvolutionAlgorithm.Direct },
    ];

    private static SessionOptions[] OpenClLeNet5 => [Batch(1), Batch(8), Batch(64) with { ConvolutionAlgorithm = ConvolutionAlgorithm.Direct }];

    private static SessionOptions[] NativeAlexNet =>
    [
        Batch(1) with { WeightPrecision = WeightPrecision.Float16 },
        Batch(4) with { Threads = 2 },
        Batch(9) with { Threads = 1, WeightPrecision = WeightPrecision.BFloat16, ConvolutionAlgorithm = ConvolutionAlgorithm.Winograd6 },
    ];

    private static SessionOptions[] OpenClAlexNet => [Batch(4)];

    private static SessionOptions Batch(int size) => new() { BatchSize = size };
}
