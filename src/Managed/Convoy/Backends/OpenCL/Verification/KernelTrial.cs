namespace Convoy.Backends.OpenCL.Verification;

/// <summary>What kernels are held against before a session uses them.</summary>
/// <param name="Verdicts">What is known of the device's kernels.</param>
/// <param name="Oracle">What decides where nothing is known.</param>
internal sealed record KernelTrial(KernelVerdicts Verdicts, IStepOracle Oracle);
