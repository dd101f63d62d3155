namespace Convoy.Files;

/// <summary>A stream that says how many bytes are written to another, piece by piece where they are many; it leaves the other open.</summary>
/// <param name="stream">Where the bytes go.</param>
/// <param name="written">Called with how many more were written.</param>
internal sealed class CountedStream(Stream stream, Action<long> written) : Stream
{
    private const int PieceBytes = 4 << 20;

    public override bool CanRead => false;

    public override bool CanSeek => stream.CanSeek;

    public override bool CanWrite => stream.CanWrite;

    public override long Length => stream.Length;

    public override long Position
    {
        get => stream.Position;
        set => stream.Position = value;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            ReadOnlySpan<byte> piece = buffer[..Math.Min(PieceBytes, buffer.Length)];
            stream.Write(piece);
            written(piece.Length);
            buffer = buffer[piece.Length..];
        }
    }

    public override long Seek(long offset, SeekOrigin origin) => stream.Seek(offset, origin);

    public override void SetLength(long value) => stream.SetLength(value);

    public override void Flush() => stream.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
