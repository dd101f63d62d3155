using System.Buffers;
using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Convoy.Weights;

/// <summary>
/// A file mapped into memory, read only: pages are read when they are touched and can be dropped again at no cost. The map
/// is closed by <see cref="WeightStorage.Dispose"/>, once the last pin is gone, and by nothing else: a finalizer could pull
/// it from under a span whose owner was forgotten.
/// </summary>
internal sealed unsafe class MappedStorage : WeightStorage
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;

    private MappedStorage(string path, long length, MemoryMappedFile file, MemoryMappedViewAccessor view)
        : base(path, length)
    {
        _file = file;
        _view = view;
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _start = start + view.PointerOffset;
    }

    /// <summary>Maps a file.</summary>
    /// <exception cref="WeightException">It is not there, is no file, is empty, or may not be read.</exception>
    public static MappedStorage Open(string path)
    {
        if (Directory.Exists(path))
        {
            throw new WeightException($"'{path}' is a folder, not a weights file; name the file in it.");
        }

        try
        {
            // Asked of the name: to open a pipe would wait for someone to write to it.
            if (IsWithoutBytes(path))
            {
                throw Empty(path);
            }

            SafeFileHandle handle = File.OpenHandle(path, share: FileShare.Read | FileShare.Delete);
            try
            {
                long length = RandomAccess.GetLength(handle);
                return length > 0 ? Map(path, handle, length) : throw Empty(path);
            }
            catch
            {
                handle.Dispose();
                throw;
            }
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new WeightException($"There is no weights file '{path}'.", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new WeightException($"The weights file '{path}' may not be read: permission denied.", e);
        }
        catch (NotSupportedException e)
        {
            throw new WeightException($"'{path}' is a pipe or a device, not a weights file; save it to a file first.", e);
        }
        catch (IOException e)
        {
            throw new WeightException($"The weights file '{path}' cannot be read: {e.Message}", e);
        }
    }

    /// <summary>By a map of its own, so that its pages are no longer resident once it has been read.</summary>
    public override IMemoryOwner<byte> Open(long offset, int length)
    {
        ThrowIfDisposed();
        try
        {
            return new MappedSection(_file.CreateViewAccessor(offset, length, MemoryMappedFileAccess.Read), length);
        }
        catch (ObjectDisposedException)
        {
            throw Disposed();
        }
        catch (IOException e)
        {
            throw new WeightException($"The weights file '{Source}' cannot be read: {e.Message}", e);
        }
    }

    protected override Span<byte> GetSpan(long offset, int length) => new(_start + offset, length);

    protected override MemoryHandle Pin(long offset, IPinnable section)
    {
        bool added = false;
        _view.SafeMemoryMappedViewHandle.DangerousAddRef(ref added);
        return new MemoryHandle(_start + offset, pinnable: section);
    }

    protected override void Unpin() => _view.SafeMemoryMappedViewHandle.DangerousRelease();

    protected override void Release()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    private static bool IsWithoutBytes(string path)
    {
        FileSystemInfo? target = File.ResolveLinkTarget(path, returnFinalTarget: true);
        var file = new FileInfo(target?.FullName ?? path);
        return file is { Exists: true, Length: 0 };
    }

    private static WeightException Empty(string path) =>
        new($"The weights file '{path}' is empty, cut short or never written, or it is a pipe or a device; save the weights to a file first.");

    private static MappedStorage Map(string path, SafeFileHandle handle, long length)
    {
        var file = MemoryMappedFile.CreateFromFile(
            handle, mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        try
        {
            return new MappedStorage(path, length, file, file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
