using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL;

/// <summary>The launches that differ in their constants alone.</summary>
internal static class StepLaunches
{
    /// <summary>From a step's first input, x, to its output, y.</summary>
    /// <param name="kernels">Where it is built.</param>
    /// <param name="form">The kernel.</param>
    /// <param name="work">What it does.</param>
    /// <param name="setConstants">Sets its other arguments.</param>
    /// <param name="countItems">Work-items for so many images.</param>
    public static KernelLaunch LaunchToOutput(
        this KernelLibrary kernels, KernelForm form, KernelWork work, Action<ClKernel> setConstants, Func<int, WorkSize> countItems) =>
        Launch(kernels, form, work, setConstants, countItems, toScratch: false);

    /// <summary>From a step's first input, x, to scratch, y, where the step's next kernel reads it.</summary>
    /// <param name="kernels">Where it is built.</param>
    /// <param name="form">The kernel.</param>
    /// <param name="work">What it does.</param>
    /// <param name="setConstants">Sets its other arguments.</param>
    /// <param name="countItems">Work-items for so many images.</param>
    public static KernelLaunch LaunchToScratch(
        this KernelLibrary kernels, KernelForm form, KernelWork work, Action<ClKernel> setConstants, Func<int, WorkSize> countItems) =>
        Launch(kernels, form, work, setConstants, countItems, toScratch: true);

    private static KernelLaunch Launch(
        KernelLibrary kernels, KernelForm form, KernelWork work, Action<ClKernel> setConstants, Func<int, WorkSize> countItems, bool toScratch) => kernels.Launch(form, work, k =>
    {
        setConstants(k);
        var x = new TensorArgument(k, "x");
        var y = new TensorArgument(k, "y");
        return (arena, in run) =>
        {
            x.SetInput(arena, run);
            y.SetOutput(arena, run, toScratch);
            return countItems(run.Images);
        };
    });
}
