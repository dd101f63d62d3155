using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;

namespace Convoy.Backends.OpenCL.Interop;

/// <summary>The one funnel through which every status passes.</summary>
internal static class ClStatuses
{
    /// <summary>Throws unless the status is a success.</summary>
    /// <param name="status">What the call returned.</param>
    /// <param name="operation">What was being done, as it follows "could not": "enqueue the kernel".</param>
    /// <param name="detail">To what: the kernel's, program's or device's name.</param>
    /// <exception cref="ClException">The call failed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ThrowIfFailed(this ClStatus status, string operation, string detail)
    {
        if (status != ClStatus.Success)
        {
            Throw(status, operation, detail);
        }
    }

    /// <summary>The name the OpenCL header gives a code: "CL_OUT_OF_RESOURCES".</summary>
    public static string HeaderName(this ClStatus status)
    {
        if (!Enum.IsDefined(status))
        {
            return "a code OpenCL 1.2 does not know";
        }

        var name = new StringBuilder("CL");
        foreach (char letter in status.ToString())
        {
            if (char.IsUpper(letter))
            {
                name.Append('_');
            }

            name.Append(char.ToUpperInvariant(letter));
        }

        return name.ToString();
    }

    /// <summary>What to do about a code, as a sentence; null where the code says all there is to say.</summary>
    public static string? Advice(this ClStatus status) => status switch
    {
        ClStatus.PlatformNotFoundKhr =>
            "The OpenCL loader is there but no driver is registered with it: install the device's driver, or PoCL (pocl-opencl-icd) to use the CPU.",
        ClStatus.DeviceNotFound =>
            "A driver is there but it sees no device: check that the device is plugged in and that this user may open it (groups video and render).",
        ClStatus.DeviceNotAvailable =>
            "The device is there but cannot be used now: close other programs that hold it, or reset it, or use another device.",
        ClStatus.CompilerNotAvailable =>
            "The driver has no OpenCL C compiler: install the full driver.",
        ClStatus.OutOfHostMemory =>
            "The driver found no host memory for it: close other programs or use a smaller batch.",
        ClStatus.MemObjectAllocationFailure =>
            "The device has no memory left for it: use a smaller batch or another device.",
        ClStatus.OutOfResources =>
            "The device ran out of memory or registers, or stopped a kernel that took too long: use a smaller batch or another device.",
        ClStatus.InvalidWorkGroupSize or ClStatus.InvalidWorkItemSize =>
            "The work-group is larger than this device allows for this kernel: choose smaller tiles.",
        ClStatus.InvalidBufferSize =>
            "A single buffer may not be this large on this device: use a smaller batch.",
        _ => null,
    };

    /// <summary>True for what drivers report when there is no memory left for a buffer.</summary>
    public static bool IsOutOfMemory(this ClStatus status) => status is
        ClStatus.MemObjectAllocationFailure or ClStatus.OutOfResources or ClStatus.OutOfHostMemory or ClStatus.InvalidBufferSize;

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Throw(ClStatus status, string operation, string detail) => throw new ClException(operation, status, detail);
}
