using System.Runtime.InteropServices;

namespace Convoy.Memory;

/// <summary>
/// One allocation of native memory: counted when made, freed exactly once. The finalizer lives here and not on the owners,
/// so that a block is freed even where its owner was disposed while pinned and the pin was then forgotten.
/// </summary>
internal unsafe class NativeBlock : IDisposable
{
    /// <summary>From this size on a block starts on a page, which zero-copy device buffers and huge pages need.</summary>
    public const long PageAlignedFromBytes = 1L << 20;

    private const int PageBytes = 4096;

    private nint _address;

    /// <summary>Allocates uninitialised memory aligned to at least <paramref name="alignment"/>, a power of two.</summary>
    /// <exception cref="OutOfNativeMemoryException">The system has no such block.</exception>
    public NativeBlock(long bytes, int alignment)
    {
        Bytes = bytes;
        int effectiveAlignment = bytes >= PageAlignedFromBytes ? Math.Max(alignment, PageBytes) : alignment;
        try
        {
            _address = (nint)NativeMemory.AlignedAlloc(checked((nuint)bytes), (nuint)effectiveAlignment);
        }
        catch (OutOfMemoryException exception)
        {
            throw new OutOfNativeMemoryException(bytes, exception);
        }

        NativeMemoryCounters.CountAllocated(bytes);
    }

    ~NativeBlock()
    {
        if (TryFree())
        {
            NativeMemoryCounters.CountLeaked();
            OnLeaked();
        }
    }

    /// <summary>The size of the allocation; may be zero.</summary>
    public long Bytes { get; }

    /// <summary>Where the block starts; zero once freed.</summary>
    public nint Address => _address;

    /// <summary>Frees the memory; a second call does nothing.</summary>
    public void Dispose()
    {
        TryFree();
        GC.SuppressFinalize(this);
    }

    /// <summary>Called, on the finalizer's thread, when the block was freed because nobody disposed its owner.</summary>
    protected virtual void OnLeaked()
    {
    }

    private bool TryFree()
    {
        nint address = Interlocked.Exchange(ref _address, 0);
        if (address == 0)
        {
            return false;
        }

        NativeMemory.AlignedFree((void*)address);
        NativeMemoryCounters.CountFreed(Bytes);
        return true;
    }
}
