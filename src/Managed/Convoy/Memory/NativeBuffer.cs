using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace Convoy.Memory;

/// <summary>
/// Aligned native memory of its own: allocated when asked for, freed when disposed. The garbage collector neither moves
/// nor scans it.
/// </summary>
internal sealed unsafe class NativeBuffer<T> : NativeMemoryOwner<T>
    where T : unmanaged
{
    private NativeBuffer(NativeBlock block, int length)
        : base(block, length)
    {
    }

    /// <summary>Allocates <paramref name="length"/> elements.</summary>
    /// <param name="length">The number of elements; zero is allowed.</param>
    /// <param name="alignment">The least alignment in bytes, a power of two; buffers of 1 MiB or more start on a 4096-byte page anyway.</param>
    /// <param name="clear">Whether the elements start as zero; otherwise their content is undefined.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative, or the alignment is no power of two.</exception>
    /// <exception cref="OutOfNativeMemoryException">The system has no such block.</exception>
    [SuppressMessage("Design", "CA1000", Justification = "The element type cannot be inferred, so it is written once either way.")]
    public static NativeBuffer<T> Allocate(int length, int alignment = 64, bool clear = false)
    {
        if (length < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(length), length, "A buffer holds zero elements or more.");
        }

        if (!BitOperations.IsPow2(alignment))
        {
            throw new ArgumentOutOfRangeException(nameof(alignment), alignment, "An alignment is a power of two, in bytes.");
        }

        var buffer = new NativeBuffer<T>(new NativeBlock((long)length * sizeof(T), alignment), length);
        if (clear)
        {
            buffer.Span.Clear();
        }

        return buffer;
    }

    private protected override void GiveUp(NativeBlock block) => block.Dispose();
}
