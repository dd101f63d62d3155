using System.Runtime.ExceptionServices;
using Convoy.Files;
using Microsoft.Win32.SafeHandles;

namespace Convoy.Weights;

/// <summary>
/// Weights in a file that is kept open. Each section is read by its position when it is asked for: a file that is cut short
/// meanwhile is an error, where a memory map would end the process.
/// </summary>
internal sealed class FileStorage : WeightStorage
{
    private const int PieceBytes = 4 << 20;

    private readonly FileStream _file;
    private readonly SafeFileHandle _handle;
    private readonly DateTime _written;
    private readonly string _kind;

    private FileStorage(string path, FileStream file, string kind)
        : base(path, file.Length)
    {
        _kind = kind;
        _file = file;
        _handle = file.SafeFileHandle;
        _written = File.GetLastWriteTimeUtc(_handle);
    }

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="kind">What is in it, as messages call it.</param>
    /// <exception cref="WeightException">It is not there, is no file, is empty, or may not be read.</exception>
    public static FileStorage Open(string path, string kind = "weights")
    {
        if (Directory.Exists(path))
        {
            throw new WeightException($"'{path}' is a folder, not a {kind} file; name the file in it.");
        }

        try
        {
            FileStream file = RegularFile.Open(path, long.MaxValue);
            if (file.Length > 0)
            {
                return new FileStorage(path, file, kind);
            }

            file.Dispose();
            throw new WeightException($"The {kind} file '{path}' is empty, cut short or never written; save the {kind} to it first.");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new WeightException($"The {kind} file '{path}' {FileNames.DescribeMissing(path)}.", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new WeightException($"The {kind} file '{path}' may not be read: permission denied.", e);
        }
        catch (IOException e)
        {
            throw Unreadable(path, kind, e);
        }
    }

    protected override void ReadSection(long offset, Span<byte> destination)
    {
        try
        {
            ReadPieces(offset, destination);

            // Asked last: what is written before now, and after it was opened, may be among what was read.
            if (RandomAccess.GetLength(_handle) != Length || File.GetLastWriteTimeUtc(_handle) != _written)
            {
                throw Changed();
            }
        }
        catch (ObjectDisposedException)
        {
            throw Disposed();
        }
        catch (IOException e)
        {
            throw Unreadable(Source, _kind, e);
        }
    }

    protected override void Release() => _file.Dispose();

    /// <summary>In pieces, on all cores, whatever threads a session is given: one alone copies no faster than it packs.</summary>
    private unsafe void ReadPieces(long offset, Span<byte> destination)
    {
        int length = destination.Length;
        if (length <= PieceBytes)
        {
            ReadPiece(offset, destination);
            return;
        }

        fixed (byte* first = destination)
        {
            byte* start = first;
            try
            {
                Parallel.For(0, ((length - 1) / PieceBytes) + 1, piece =>
                {
                    int begin = piece * PieceBytes;
                    ReadPiece(offset + begin, new Span<byte>(start + begin, Math.Min(PieceBytes, length - begin)));
                });
            }
            catch (AggregateException e)
            {
                ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
            }
        }
    }

    private void ReadPiece(long offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            int count = RandomAccess.Read(_handle, destination, offset);
            if (count == 0)
            {
                throw Changed();
            }

            destination = destination[count..];
            offset += count;
        }
    }

    private static WeightException Unreadable(string path, string kind, IOException e)
    {
        string remedy = FileStatus.Of(path) is { Kind: { } and not FileKind.Regular } ? $"; save the {kind} to a file first" : "";
        return new($"The {kind} file '{path}' cannot be read: {e.Message.TrimEnd('.')}{remedy}.", e);
    }

    private WeightException Changed() =>
        new($"The {_kind} file '{Source}' has changed since it was opened, so that its {_kind} may be mixed up; open it again when it is no longer written to.");
}
