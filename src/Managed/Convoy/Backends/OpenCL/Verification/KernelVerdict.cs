using System.Globalization;
using System.Text.Json.Serialization;

namespace Convoy.Backends.OpenCL.Verification;

/// <summary>What became of kernels that were held against the oracle.</summary>
/// <param name="Key">What was checked: a hash of the kernels as built, the layers and their shapes, and how many images they ran over.</param>
/// <param name="Kernels">The kernels: "pad, convolution".</param>
/// <param name="Form">How they computed what: "conv 3x32x32 to 6x28x28, implicit gemm 6 x 16".</param>
/// <param name="Error">The largest error, in shares of what is allowed; more than 1 is wrong. Null where nothing could be compared.</param>
/// <param name="Problem">What is wrong: "errs by 0.35 of the largest number"; null where nothing is.</param>
internal sealed record KernelVerdict(string Key, string Kernels, string Form, double? Error, string? Problem)
{
    /// <summary>True where the kernels are used.</summary>
    [JsonIgnore]
    public bool IsRight => Problem is null;

    /// <summary>What the driver said where they could not be built or run; it is not kept.</summary>
    [JsonIgnore]
    public ConvoyException? Cause { get; init; }

    /// <summary>True of what ended the process that tried it.</summary>
    public bool IsFatal { get; init; }

    /// <summary>What compared numbers tell.</summary>
    public static KernelVerdict Of(string key, string kernels, string form, Discrepancy found) => new(
        key, kernels, form, double.IsFinite(found.Share) ? found.Share : null, found.Share <= 1 ? null : Describe(found));

    /// <summary>What a rehearsal tells: bit for bit, the scores are those of kernels that are waited for one by one, or not.</summary>
    public static KernelVerdict OfRehearsal(string key, string form, double? difference)
    {
        double? error = difference is { } number && double.IsFinite(number) ? number : null;
        string size = error is { } known ? $"{known.ToString("G2", CultureInfo.InvariantCulture)} of the largest number" : "NaN or infinity";
        return new(key, "", form, error, difference is null ? null : $"give other scores than when each is waited for, by {size}");
    }

    private static string Describe(Discrepancy found) => double.IsFinite(found.Relative)
        ? $"errs by {found.Relative.ToString("G2", CultureInfo.InvariantCulture)} of the largest number"
        : "leaves numbers unwritten, or makes NaN or infinity of them";
}

/// <summary>How far a device's numbers are from the oracle's.</summary>
/// <param name="Share">The largest error, in shares of what that number may err.</param>
/// <param name="Relative">The largest error, in shares of the largest number, or as it is where all should be 0.</param>
internal readonly record struct Discrepancy(double Share, double Relative)
{
    /// <summary>Numbers held against what they should be.</summary>
    /// <param name="found">The device's.</param>
    /// <param name="expected">The oracle's, each with what it may err.</param>
    public static Discrepancy Between(ReadOnlySpan<float> found, ReadOnlySpan<ExpectedNumber> expected)
    {
        (double share, double error, double largest) = (0, 0, 0);
        for (int i = 0; i < expected.Length; i++)
        {
            (double value, double tolerance) = (expected[i].Value, expected[i].Tolerance);
            if (!double.IsFinite(tolerance))
            {
                continue;
            }

            if (Agree(found[i], value))
            {
                largest = Math.Max(largest, double.IsFinite(value) ? Math.Abs(value) : 0);
                continue;
            }

            // NaN, or infinity on one side alone, is as wrong as can be.
            double difference = Math.Abs(found[i] - value);
            bool isComparable = double.IsFinite(difference);
            share = Math.Max(share, isComparable ? difference / tolerance : double.PositiveInfinity);
            error = Math.Max(error, isComparable ? difference : double.PositiveInfinity);
            largest = Math.Max(largest, isComparable ? Math.Abs(value) : 0);
        }

        return new(share, error == 0 ? 0 : largest == 0 && double.IsFinite(error) ? error : error / largest);
    }

    private static bool Agree(float found, double value) => found == value || (double.IsNaN(found) && double.IsNaN(value)) || (float.IsInfinity(found) && (float)value == found);
}

/// <summary>A number as the oracle has it.</summary>
/// <param name="Value">The number.</param>
/// <param name="Tolerance">What a device's may be away from it; none that is finite where it may be anything.</param>
internal readonly record struct ExpectedNumber(double Value, double Tolerance);
