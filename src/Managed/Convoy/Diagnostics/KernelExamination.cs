using Convoy.Backends;
using Convoy.Backends.OpenCL;
using Convoy.Backends.OpenCL.Interop;
using Convoy.Backends.OpenCL.Verification;
using Convoy.Backends.Reference;
using Convoy.Layers;
using Convoy.Runtime;
using Convoy.Weights;

namespace Convoy.Diagnostics;

/// <summary>
/// Holds every kernel against the oracle on one device, and every algorithm for convolutions, whatever was found before: in small, with
/// weights and inputs made up. What a network needs at its own size its sessions check themselves.
/// </summary>
internal static class KernelExamination
{
    private static readonly PixelNormalization Normalization = new([0.5f, 1.5f, 0.25f], [-1f, 2f, 0f]);

    // Every kernel file there is, and each algorithm for convolutions.
    private static readonly Network Network = new NetworkBuilder("kernels", Shape.Image(3, 17, 13))
        .Convolution("stem", 8, 3, padding: 1)
        .Relu("stem.relu")
        .MaxPool("pool", 2, stride: 2)
        .Convolution("middle", 8, 3, padding: 1)
        .Convolution("depthwise", 8, 3, padding: 1, groups: 8)
        .LocalResponseNormalization("lrn", 3)
        .InstanceNormalization("norm")
        .Concat("both", "norm", "pool")
        .Convolution("strided", 8, 4, stride: 2, padding: 1)
        .Pad("pad", 1)
        .AveragePool("pool2", 3, stride: 1)
        .Add("sum", "pool2", "strided")
        .Upsample("up", 2)
        .FullyConnected("fc", 10)
        .Softmax("prob")
        .LogSoftmax("log")
        .Build();

    private const int WaysInAndOut = 2;

    /// <summary>Examines a device that computes.</summary>
    /// <param name="device">The device.</param>
    /// <param name="begin">Is told what is checked next.</param>
    /// <param name="found">Is told each verdict.</param>
    /// <exception cref="ClException">The device cannot be opened.</exception>
    public static void Run(ClDevice device, Action<KernelStep> begin, Action<KernelDiagnosis> found)
    {
        var verdicts = new KernelVerdicts(device, KernelVerdictFile.FromEnvironment(), isAnew: true);
        using var backend = new OpenClBackend(device, new SharedContext(device), trial: new KernelTrial(verdicts, new ReferenceOracle()));
        using var weights = WeightSet.Random(Network, 1);
        foreach (KernelVerdict fatal in verdicts.ReadFatal())
        {
            found(new KernelDiagnosis(fatal.Kernels, fatal.Form, null, fatal.Problem));
        }

        int told = 0, done = 0;
        var graph = StepGraph.Create(Network);
        OpenClRegion[] regions = [.. backend.Partition(graph, batch: 3).Cast<OpenClRegion>()];
        int count = regions.Length + WaysInAndOut;
        foreach (OpenClRegion region in regions)
        {
            Check(KernelVerifier.Describe(region), () => TryForms(region, weights));
        }

        Check("the way in", () => backend.PrepareEntry(Network.Input.Shape, Layout.Nhwc, Normalization, 2).Dispose());
        Check("the way out", () => backend.PrepareExit(Shape.Image(3, 5, 4), Layout.Nhwc, 2).Dispose());

        void Check(string what, Action check)
        {
            begin(new KernelStep(what, done++, count));
            try
            {
                check();
            }
            catch (ConvoyException e) when (verdicts.Found.Count == told)
            {
                found(new KernelDiagnosis("", what, null, e.Message.Split('\n')[0]));
            }
            catch (ConvoyException)
            {
                // The verdict tells it.
            }

            foreach (KernelVerdict verdict in verdicts.Found.Skip(told))
            {
                found(new KernelDiagnosis(verdict.Kernels, verdict.Form, verdict.Error, verdict.Problem));
            }

            told = verdicts.Found.Count;
        }
    }

    private static void TryForms(OpenClRegion region, WeightSet weights)
    {
        StepWeightsLoader[] loaders = [.. region.Steps.Select(step => new StepWeightsLoader(step, weights))];
        try
        {
            StepWeights[] all = [.. loaders.Select(loader => loader.Weights)];
            if (region.Steps[0].Layer is Convolution2D { Groups: 1 })
            {
                region.TryForms(all);
            }
            else
            {
                region.Prepare(all).Dispose();
            }
        }
        finally
        {
            Array.ForEach(loaders, loader => loader.Dispose());
        }
    }
}

/// <summary>A check of kernels that begins, of how many.</summary>
/// <param name="What">What is checked.</param>
/// <param name="Done">How many are done before it.</param>
/// <param name="Count">How many there are.</param>
internal sealed record KernelStep(string What, int Done, int Count);
