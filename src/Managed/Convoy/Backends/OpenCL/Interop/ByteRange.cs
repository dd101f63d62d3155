using System.Runtime.CompilerServices;

namespace Convoy.Backends.OpenCL.Interop;

/// <summary>The check that stands at every boundary where bytes are read or written.</summary>
internal static class ByteRange
{
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie within <paramref name="length"/> bytes.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ThrowIfOutside(long offset, long bytes, long length)
    {
        if (offset < 0 || bytes < 0 || offset > length - bytes)
        {
            Throw(offset, bytes, length);
        }
    }

    private static void Throw(long offset, long bytes, long length) =>
        throw new ArgumentOutOfRangeException(nameof(offset), offset, $"{bytes} bytes from {offset} do not lie within {length} bytes.");
}
