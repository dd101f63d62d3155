using Convoy.Backends.OpenCL;
using Convoy.Backends.OpenCL.Interop;
using Convoy.Backends.Reference;
using Convoy.Tests.Backends;
using Convoy.Tests.Cases;

namespace Convoy.Tests.OpenCL;

/// <summary>
/// Every kernel in a core's form and a GPU's, and a session of many kernels, on the devices that this process finds, against
/// the reference: for drivers that are tried in a process of their own, whatever kind of device they have.
/// </summary>
internal static class DriverCases
{
    /// <summary>Prints what is wrong, a line each, and then how many cases there were; returns 0 where nothing is wrong.</summary>
    /// <param name="isThorough">Whether to run every case of the tests in every form, rather than each kernel once or twice.</param>
    public static int Run(bool isThorough)
    {
        ClApi api = SilkClApi.TryLoad(out ClApi? loaded, out string? reason) ? loaded : throw new InvalidOperationException(reason);
        int count = 0;
        int wrong = 0;
        foreach (ClDevice device in ClPlatform.All(api, _ => { }).SelectMany(platform => platform.Devices))
        {
            foreach (Trial trial in isThorough ? Thorough : Quick)
            {
                count++;
                if (trial.FindFault(device) is { } fault)
                {
                    wrong++;
                    Console.WriteLine($"{device.Name}, {trial.Form}: {fault}");
                }
            }

            count++;
            if (FindSessionFault(device) is { } sessionFault)
            {
                wrong++;
                Console.WriteLine($"{device.Name}: {sessionFault}");
            }
        }

        Console.WriteLine($"{count} cases, {wrong} wrong");
        return count > 0 && wrong == 0 ? 0 : 1;
    }

    // A group of any size but a GPU's usual ones makes a difference to convolutions alone.
    private static IEnumerable<(string Name, DeviceTraits Traits)> ManyForms =>
    [
        .. Forms,
        ("gpu, small groups", KernelForms.Gpu(64, 8 << 10)),
        ("gpu, lone work-items", KernelForms.Gpu(1, 0)),
        ("cpu 16", KernelForms.Core(16)),
    ];

    private static IEnumerable<(string Name, DeviceTraits Traits)> Forms => [("gpu", KernelForms.Gpu(256, 32 << 10)), ("cpu 8", KernelForms.Core(8))];

    private static IEnumerable<Trial> Quick =>
    [
        .. Cross(Forms, KernelForms.Others, [ConvolutionAlgorithm.Auto]),
        .. Cross(Forms, EdgeCases.All.Where(each => each.Name is "conv: asymmetric padding" or "fc: odd"), [ConvolutionAlgorithm.Direct]),
        .. Cross(ManyForms, EdgeCases.All.Where(each => each.Name is "conv: 2 groups"), [ConvolutionAlgorithm.Direct]),
        .. Cross(ManyForms, EdgeCases.All.Where(each => each.Name is "conv: odd channels"), [ConvolutionAlgorithm.Winograd4, ConvolutionAlgorithm.Winograd8]),
        .. Cross(Forms, PooledCases.All.Where(each => each.Name.EndsWith("side by side", StringComparison.Ordinal)), [ConvolutionAlgorithm.Direct, ConvolutionAlgorithm.Winograd6]),
    ];

    private static IEnumerable<Trial> Thorough =>
    [
        .. Cross(Forms, [.. BinaryCases.All, .. FeatureMapCases.All, .. ActivationCases.All], [ConvolutionAlgorithm.Auto]),
        .. Cross(ManyForms, [.. EdgeCases.All, .. PooledCases.All], [ConvolutionAlgorithm.Direct]),
        .. Cross(
            ManyForms,
            EdgeCases.All.Concat(PooledCases.All).Where(each => each.Layer is Convolution2D),
            [ConvolutionAlgorithm.Winograd4, ConvolutionAlgorithm.Winograd6, ConvolutionAlgorithm.Winograd8]),
    ];

    private static IEnumerable<Trial> Cross(
        IEnumerable<(string Name, DeviceTraits Traits)> forms, IEnumerable<OperatorCase> cases, IEnumerable<ConvolutionAlgorithm> algorithms) =>
        from form in forms
        from algorithm in algorithms
        from operatorCase in cases
        select new Trial($"{form.Name}, {algorithm}", form.Traits, operatorCase, algorithm);

    /// <summary>Batches in flight over two queues, of floats and of bytes, from memory that is shared with the device and that is not.</summary>
    private static string? FindSessionFault(ClDevice device)
    {
        using var scenario = new SessionScenario();
        foreach (Sharing sharing in Enum.GetValues<Sharing>())
        {
            if (Fault($"a session, {sharing}", () => Run(scenario, SessionScenario.DeviceOf(device, SharingTraits.Of(device, sharing)))) is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    private static void Run(SessionScenario scenario, Device device)
    {
        using InferenceSession session = scenario.Compile(device);
        Agreement.AssertClose(scenario.Run(session), scenario.Expected, "scores");
        using InferenceSession oracle = scenario.Compile(Device.Reference);
        byte[] pixels = [.. Enumerable.Range(0, (int)session.InputShape.Count).Select(i => (byte)(7 * i % 256))];
        float[] scores = new float[session.OutputShape.Count];
        float[] expected = new float[scores.Length];
        session.Run(pixels, scores);
        oracle.Run(pixels, expected);
        Agreement.AssertClose(scores, expected, "scores of bytes");
    }

    private static string? Fault(string what, Action check)
    {
        try
        {
            check();
            return null;
        }
        catch (Exception e) when (e is AssertionException or ConvoyException)
        {
            return $"{what}: {e.Message.Trim().ReplaceLineEndings(" ")}";
        }
    }

    private sealed record Trial(string Form, DeviceTraits Traits, OperatorCase Case, ConvolutionAlgorithm Algorithm)
    {
        public string? FindFault(ClDevice device) => Fault(Case.Name, () =>
        {
            using var oracle = new ReferenceBackend();
            DeviceTraits traits = Traits with { LocalMemoryBytes = Math.Min(Traits.LocalMemoryBytes, device.LocalMemoryBytes) };
            using var backend = new OpenClBackend(device, traits, options: new() { Convolutions = Algorithm });
            float[][] inputs = OperatorRunner.Inputs(Case, TestData.Reals);
            StepWeights weights = OperatorRunner.Weights(Case, TestData.Reals);
            float[] actual = OperatorRunner.Run(backend, Case, inputs, weights);
            float[] expected = OperatorRunner.Run(oracle, Case, inputs, weights);

            // Winograd's algorithm errs in proportion to what outputs usually are, where they happen to cancel out.
            double bound = OperatorRunner.Describe(backend, Case, weights).ErrorBound ?? 1e-5;
            double outputs = Case.Output.Count * (double)Case.Batch;
            double depth = Math.Max(1, Case.KernelCount / (double)Case.Output.Channels);
            double error = Agreement.RelativeError(actual, expected, Math.Sqrt(outputs * depth) / 3);
            Assert.That(error, Is.LessThanOrEqualTo(bound));
        });
    }
}
