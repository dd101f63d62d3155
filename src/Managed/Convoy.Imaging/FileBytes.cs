using System.Buffers;
using Convoy.Files;

namespace Convoy.Imaging;

/// <summary>
/// A whole regular file in pooled memory, as long as it was when it was opened. Copied rather than mapped: a mapped file that
/// shrinks while it is read ends the process.
/// </summary>
internal readonly ref struct FileBytes : IDisposable
{
    private readonly byte[] _rented;

    /// <exception cref="ImageException">The file cannot be read, is no regular one, or has more than <paramref name="limit"/> bytes.</exception>
    public FileBytes(string path, long limit)
    {
        _rented = [];
        try
        {
            using FileStream stream = RegularFile.Open(path, long.MaxValue);
            long length = stream.Length;
            if (length > limit)
            {
                throw new ImageException(FormattableString.Invariant(
                    $"{path} is larger than the limit of {limit / 1048576.0:0.##} MiB for an image file; shrink it first."));
            }

            _rented = ArrayPool<byte>.Shared.Rent((int)length);
            Bytes = _rented.AsSpan(0, stream.ReadAtLeast(_rented.AsSpan(0, (int)length), (int)length, throwOnEndOfStream: false));
        }
        catch (Exception exception)
        {
            ArrayPool<byte>.Shared.Return(_rented);
            if (FileProblem.IsExpected(exception))
            {
                throw new ImageException(FileProblem.Describe(path, exception), exception);
            }

            throw;
        }
    }

    public ReadOnlySpan<byte> Bytes { get; }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_rented);
}
