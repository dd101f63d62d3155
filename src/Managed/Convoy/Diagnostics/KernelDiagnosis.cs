namespace Convoy.Diagnostics;

/// <summary>What became of kernels that were held against double precision on a device.</summary>
/// <param name="Kernels">The kernels, by their names in <c>kernels/</c>, where they could be built: "pad, convolution".</param>
/// <param name="Form">What they computed, and how: "conv 8x8x6 to 8x8x6, winograd-6 6 x 8".</param>
/// <param name="Error">The largest error, in shares of what is allowed; null where nothing could be compared.</param>
/// <param name="Problem">What is wrong, so that sessions use another form, or refuse the device; null where nothing is.</param>
public sealed record KernelDiagnosis(string Kernels, string Form, double? Error, string? Problem)
{
    /// <summary>True when sessions may use them.</summary>
    public bool IsRight => Problem is null;
}
