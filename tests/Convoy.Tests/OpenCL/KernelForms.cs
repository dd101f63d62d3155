using Convoy.Backends.OpenCL;
using Convoy.Backends.OpenCL.Interop;
using Convoy.Models;
using Convoy.Tests.Backends;
using Convoy.Tests.Cases;

namespace Convoy.Tests.OpenCL;

/// <summary>
/// The forms that kernels are built in, found by building: both networks with every algorithm for convolutions, and every
/// other kernel once or more, for GPUs and for cores. The devices are made up, so that the forms are the same everywhere.
/// </summary>
internal static class KernelForms
{
    private const int Batch = 64;

    // peaks.cl is built while a device is measured: on a GPU with the narrower of these.
    private static readonly (string Form, int Width)[] PeakWidths = [("gpu", 1), ("gpu", 2), ("gpu", 4), ("cpu 8", 8), ("cpu 16", 16)];

    // A GPU's smaller groups make a difference to convolution.cl and direct_convolution.cl alone; a core's vectors are wider.
    private static IEnumerable<MadeUp> Devices =>
    [
        new("gpu", Gpu(256, 32 << 10), Enum.GetValues<ConvolutionAlgorithm>(), IsWhole: true),
        new("gpu, small groups", Gpu(64, 8 << 10), [ConvolutionAlgorithm.Direct, ConvolutionAlgorithm.Winograd6], IsWhole: false),
        new("gpu, lone work-items", Gpu(1, 0), [ConvolutionAlgorithm.Direct, ConvolutionAlgorithm.Winograd6], IsWhole: false),
        new("cpu 8", Core(8), [ConvolutionAlgorithm.Direct, ConvolutionAlgorithm.Winograd6], IsWhole: false),
        new("cpu 16", Core(16), [ConvolutionAlgorithm.Direct, ConvolutionAlgorithm.Winograd8], IsWhole: false),
    ];

    // Every kind of layer, and of what is computed element by element; the convolution is one of depthwise.cl. A fully connected
    // layer is built as a convolution is.
    public static IEnumerable<OperatorCase> Others =>
    [
        .. EdgeCases.All.Concat(FeatureMapCases.All).Where(each => each.Layer is not (Convolution2D or ActivationLayer)).DistinctBy(each => each.Layer.GetType()),
        .. BinaryCases.All.Where(each => each.Layer is Binary).DistinctBy(each => each.Layer),
        .. BinaryCases.Broadcast.Where(each => each.Activation == Activation.None).Take(2),
        .. BinaryCases.All.Where(each => each.Layer is BinaryConstant).Take(2),
        .. ActivationCases.Alone.DistinctBy(each => each.Function.Kind),
        EdgeCases.Convolution("depthwise", [32, 15, 14], 32, 3, groups: 32, activation: Activation.Relu6),
        EdgeCases.Convolution("prelu", [16, 6, 6], 17, 3, activation: Activation.ParametricRelu),
    ];

    public static DeviceTraits Core(int vectorWidth) => Gpu(4096, 256 << 10) with { IsCpu = true, VectorWidth = vectorWidth };

    public static DeviceTraits Gpu(long workItems, long localBytes) => new()
    {
        IsCpu = false,
        VectorWidth = 4,
        MaxWorkGroupSize = workItems,
        MaxWorkItemSizes = [workItems, workItems, workItems],
        LocalMemoryBytes = localBytes,
        SharesHostMemory = false,
        HostAlignment = 4096,
    };

    /// <summary>Builds for every device, and writes the sources into a folder, with forms.tsv: form, file and options a line.</summary>
    public static void Write(ClApi api, string folder)
    {
        Directory.CreateDirectory(folder);
        var lines = new List<string>();
        foreach (MadeUp device in Devices)
        {
            foreach ((string source, string options) in Build(api, device))
            {
                string file = source.Split('"')[1];
                File.WriteAllText(Path.Combine(folder, file), source);
                lines.Add(Line(device.Form, file, options));
            }
        }

        File.WriteAllText(Path.Combine(folder, "peaks.cl"), KernelSource.Load("peaks.cl").Text);
        File.WriteAllText(Path.Combine(folder, "probe.cl"), KernelSource.Load("probe.cl").Text);
        lines.AddRange(Devices.Select(each => Line(each.Form, "probe.cl", each.Traits.Options)));
        lines.AddRange(PeakWidths.Select(each => Line(each.Form, "peaks.cl", $"-D REAL=float -D WIDTH={each.Width}")));

        // What devices build alike, is compiled once.
        File.WriteAllLines(
            Path.Combine(folder, "forms.tsv"), lines.DistinctBy(line => line[(line.IndexOf('\t') + 1)..]).Order(StringComparer.Ordinal));
    }

    // The standard is the compiler's to choose.
    private static string Line(string form, string file, string options) => $"{form}\t{file}\t{options.Replace("-cl-std=CL1.2 ", "")}";

    private static List<(string Source, string Options)> Build(ClApi api, MadeUp device)
    {
        using var builds = new SharedBuilds(api);
        ClDevice any = ClPlatform.All(new FaultyClApi(api) { Shared = builds }, _ => { })[0].Devices[0];
        foreach (ConvolutionAlgorithm algorithm in device.Algorithms)
        {
            using var backend = new OpenClBackend(any, device.Traits, options: new() { Convolutions = algorithm });
            foreach (Network network in new[] { LeNet5.Create(), AlexNet.Create() })
            {
                Prepare(backend, StepGraph.Create(network), step => step.Layer is Convolution2D);
            }
        }

        if (device.Traits.IsCpu)
        {
            using var backend = new OpenClBackend(any, device.Traits);
            foreach (int batch in new[] { Batch, 1 })
            {
                Prepare(backend, StepGraph.Create(LeNet5.Create()), step => step.Layer is Convolution2D, batch);
            }
        }

        if (device.IsWhole)
        {
            using var backend = new OpenClBackend(any, device.Traits);
            foreach (OperatorCase operatorCase in Others)
            {
                Prepare(backend, operatorCase.ToGraph(), _ => true);
            }

            backend.PrepareEntry(Shape.Image(3, 8, 8), Layout.Nhwc, new PixelNormalization([1, 1, 1], [0, 0, 0]), 1).Dispose();
        }

        return [.. builds.Built];
    }

    /// <summary>Prepares regions of a graph, with zeros for weights.</summary>
    private static void Prepare(OpenClBackend backend, StepGraph graph, Func<FusedStep, bool> isWanted, int batch = Batch)
    {
        foreach (IRegion region in backend.Partition(graph, batch).Where(region => isWanted(region.Steps[0])))
        {
            region.Prepare([.. region.Steps.Select(Zeros)]).Dispose();
        }
    }

    private static StepWeights Zeros(FusedStep step)
    {
        var operatorCase = new OperatorCase(step.Name, step.Layer, [.. step.InputShapes], step.Activation);
        return OperatorRunner.Weights(operatorCase, (count, _) => new float[count]);
    }

    /// <summary>A made-up device.</summary>
    /// <param name="Form">What its forms are called: a GPU's begin with "gpu".</param>
    /// <param name="Traits">What kernels are specialised for.</param>
    /// <param name="Algorithms">The algorithms that its convolutions are built for.</param>
    /// <param name="IsWhole">Whether what is no convolution is built too.</param>
    private sealed record MadeUp(string Form, DeviceTraits Traits, IReadOnlyList<ConvolutionAlgorithm> Algorithms, bool IsWhole);
}
