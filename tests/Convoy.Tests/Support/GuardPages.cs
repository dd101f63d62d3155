using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Convoy.Tests.Support;

/// <summary>Whole pages of memory with an inaccessible page before the first and behind the last; Linux only.</summary>
internal sealed partial class GuardPages : IDisposable
{
    private const int NoAccess = 0;
    private const int ReadWrite = 1 | 2;
    private const int PrivateAnonymous = 0x02 | 0x20;
    private const nint MapFailed = -1;

    private readonly nint _mapping;
    private readonly nuint _mappedBytes;

    /// <summary>Maps at least <paramref name="bytes"/> accessible bytes.</summary>
    public GuardPages(long bytes)
    {
        long page = Environment.SystemPageSize;
        Bytes = (bytes + page - 1) / page * page;
        _mappedBytes = (nuint)(Bytes + (2 * page));
        _mapping = Map(0, _mappedBytes, NoAccess, PrivateAnonymous, -1, 0);
        if (_mapping == MapFailed)
        {
            throw new Win32Exception();
        }

        Address = _mapping + (nint)page;
        if (Bytes > 0 && Protect(Address, (nuint)Bytes, ReadWrite) != 0)
        {
            throw new Win32Exception();
        }
    }

    /// <summary>The first accessible byte.</summary>
    public nint Address { get; }

    /// <summary>The number of accessible bytes, a multiple of the page size.</summary>
    public long Bytes { get; }

    public void Dispose()
    {
        if (Unmap(_mapping, _mappedBytes) != 0)
        {
            throw new Win32Exception();
        }
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, long offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int Protect(nint address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int Unmap(nint address, nuint length);
}
