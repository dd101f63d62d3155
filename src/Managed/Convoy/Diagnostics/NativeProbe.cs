using Convoy.Backends;
using Convoy.Backends.Native;
using Convoy.Runtime;
using Convoy.Weights;

namespace Convoy.Diagnostics;

/// <summary>Computes a convolution with the C library whose results were worked out by hand.</summary>
internal static class NativeProbe
{
    // The numbers 0 to 15 in a square under the kernel 1 to 9, and a bias of 1. The first window is 0 1 2, 4 5 6, 8 9 10:
    // 303 with the kernel; a step to the right adds the kernel's sum, 45, and a step down four times that.
    private const int Side = 4;
    private const int Kernel = 3;
    private static readonly float[] Expected = [304, 349, 484, 529];

    /// <summary>What is wrong with the kernels of an instruction set, in a sentence; null when they are right.</summary>
    public static string? ProblemOf(InstructionSet isa)
    {
        string name = NativeLibraryState.NameOf(isa);
        float[] answer = new float[Expected.Length];
        try
        {
            Run(isa, answer);
        }
        catch (ConvoyException e)
        {
            return $"The native library loads, but its {name} kernels cannot compute: {e.Message}";
        }

        return answer.AsSpan().SequenceEqual(Expected)
            ? null
            : $"The native library loads, but its {name} kernels compute wrongly ({string.Join(' ', answer)} instead of {string.Join(' ', Expected)}); build Convoy again, and report this if it stays.";
    }

    private static void Run(InstructionSet isa, float[] answer)
    {
        Network network = new NetworkBuilder("probe", Shape.Image(1, Side, Side)).Convolution("conv", 1, Kernel).Build();
        using WeightSet weights = WeightSet.FromTensors(
            "the probe",
            [
                ("conv.weight", new Shape(1, 1, Kernel, Kernel), [.. Enumerable.Range(1, Kernel * Kernel).Select(i => (float)i)]),
                ("conv.bias", new Shape(1), [1]),
            ]);

        // Directly: other algorithms round where this one does not.
        var options = new SessionOptions { BatchSize = 1, Threads = 1, InstructionSet = isa, ConvolutionAlgorithm = ConvolutionAlgorithm.Direct };
        using InferenceSession session = network.Compile(Device.Native, weights, options);
        float[] image = [.. Enumerable.Range(0, Side * Side).Select(i => (float)i)];
        session.Run(image, answer);
    }
}
