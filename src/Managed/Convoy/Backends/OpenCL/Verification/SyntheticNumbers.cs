using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using Convoy.Layers;

namespace Convoy.Backends.OpenCL.Verification;

/// <summary>
/// Inputs that kernels are checked on: the same numbers every time, evenly spread around 0, so that no sum hides what another
/// lacks, and of a size at which activations neither vanish nor saturate.
/// </summary>
internal static class SyntheticNumbers
{
    private const float Ordinary = 2;
    private const float Smallest = 1e-3f;
    private const float Largest = 1e3f;
    private const int FiltersLookedAt = 16;

    // Of numbers spread evenly up to 1.
    private const double RootMeanSquare = 0.577;

    /// <summary>Fills memory with numbers up to a size.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Fill(Span<float> numbers, int seed, float amplitude)
    {
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = (int)Mix((uint)i + ((uint)seed * 0x9e3779b9)) * (amplitude / (1u << 31));
        }
    }

    /// <summary>How large they are to be for a layer and its weights.</summary>
    public static float AmplitudeFor(FusedStep step, StepWeights weights) => step.Layer switch
    {
        Convolution2D or FullyConnected => ForSums(step.OutputShape.Channels, weights.Kernel.Span),

        // So that what is normalised counts as much as the constant.
        LocalResponseNormalization layer => Limit(Math.Sqrt(3 * Math.Abs(layer.K / layer.Alpha))),
        _ => Ordinary,
    };

    /// <summary>A number that looks as if drawn: every bit of the output depends on every bit of the input.</summary>
    public static uint Mix(uint x)
    {
        x = (x ^ (x >> 16)) * 0x7feb352d;
        x = (x ^ (x >> 15)) * 0x846ca68b;
        return x ^ (x >> 16);
    }

    private static float ForSums(int filters, ReadOnlySpan<float> kernel)
    {
        int taps = kernel.Length / filters;
        int count = Math.Min(filters, FiltersLookedAt);
        double norms = 0;
        for (int i = 0; i < count; i++)
        {
            norms += TensorPrimitives.Norm(kernel.Slice((int)((long)filters * i / count) * taps, taps));
        }

        return Limit(count / norms / RootMeanSquare);
    }

    private static float Limit(double amplitude) => double.IsFinite(amplitude) ? (float)Math.Clamp(amplitude, Smallest, Largest) : Ordinary;
}
