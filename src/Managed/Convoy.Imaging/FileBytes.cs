using System.Buffers;

namespace Convoy.Imaging;

/// <summary>A whole file in pooled memory. Copied rather than mapped: a mapped file that shrinks while it is read ends the process.</summary>
internal readonly ref struct FileBytes : IDisposable
{
    private readonly byte[] _rented;

    /// <exception cref="ImageException">The file cannot be read, or has more than <paramref name="limit"/> bytes.</exception>
    public FileBytes(string path, long limit)
    {
        _rented = [];
        int length = 0;
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

            // One byte more than is there shows the file's end without growing; pipes have no length and grow.
            long expected = stream.CanSeek ? stream.Length : 1 << 16;
            _rented = ArrayPool<byte>.Shared.Rent((int)Math.Min(expected, limit) + 1);
            for (int read = -1; read != 0; length += read)
            {
                if (length > limit)
                {
                    throw new ImageException(FormattableString.Invariant(
                        $"{path} is larger than the limit of {limit / 1048576.0:0.##} MiB for an image file; shrink it first."));
                }

                if (length == _rented.Length)
                {
                    Grow(ref _rented);
                }

                read = stream.Read(_rented, length, _rented.Length - length);
            }
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

        Bytes = _rented.AsSpan(0, length);
    }

    public ReadOnlySpan<byte> Bytes { get; }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_rented);

    private static void Grow(ref byte[] rented)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(rented.Length * 2);
        rented.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(rented);
        rented = larger;
    }
}
