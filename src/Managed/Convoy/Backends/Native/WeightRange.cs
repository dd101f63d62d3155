using System.Numerics.Tensors;

namespace Convoy.Backends.Native;

/// <summary>Refuses weights that become infinite where they are stored in fewer bits.</summary>
internal static class WeightRange
{
    // (2 - 2^-10) 2^15 and (2 - 2^-7) 2^127: beyond these, rounding may reach infinity.
    private const float LargestFloat16 = 65_504;
    private const float LargestBFloat16 = 3.3895314e38f;

    /// <summary>Looks at every weight of a fully connected layer, batch normalisation folded in.</summary>
    /// <exception cref="BackendException">One is too large; the sentence names its tensor and what to do.</exception>
    public static void ThrowIfExceeded(FusedStep step, ReadOnlySpan<float> kernel, WeightPrecision precision)
    {
        if (precision == WeightPrecision.Float32)
        {
            return;
        }

        (string name, float largest, string remedy) = RangeOf(precision);

        // One beyond the range, one that is infinite or one that is not a number: rarely any, and the magnitude shows them all.
        if (kernel.IsEmpty || MathF.Abs(TensorPrimitives.MaxMagnitude(kernel)) <= largest)
        {
            return;
        }

        foreach (float weight in kernel)
        {
            // What is infinite already stays what it is.
            if (MathF.Abs(weight) > largest && float.IsFinite(weight))
            {
                string folded = step.NormalizationNode is null ? "" : ", times the batch normalisation behind it,";
                throw new BackendException(FormattableString.Invariant(
                    $"The tensor '{step.Name}.weight'{folded} holds {weight:G6}, beyond the largest number of {name}, {largest:G6}: {remedy}."));
            }
        }
    }

    private static (string Name, float Largest, string Remedy) RangeOf(WeightPrecision precision) => precision switch
    {
        WeightPrecision.Float16 => ("fp16", LargestFloat16, "use bf16, which has single precision's range, or fp32"),
        WeightPrecision.BFloat16 => ("bf16", LargestBFloat16, "use fp32"),
        _ => throw new BackendException($"The native backend does not store weights as {precision}."),
    };
}
