using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Convoy.Backends.Native;

/// <summary>The one funnel through which every status of the C library passes.</summary>
internal static class NativeStatuses
{
    /// <summary>Throws unless the status is OK, naming what was being done and to which step.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ThrowIfFailed(this NativeStatus status, string operation, string step)
    {
        if (status != NativeStatus.Ok)
        {
            Throw(status, operation, step);
        }
    }

    [DoesNotReturn]
    private static void Throw(NativeStatus status, string operation, string step)
    {
        string message = Marshal.PtrToStringUTF8(NativeMethods.GetStatusMessage(status)) ?? "unknown status";
        throw new BackendException($"The native library could not {operation} '{step}': {message} ({status}, {(int)status}).");
    }
}
