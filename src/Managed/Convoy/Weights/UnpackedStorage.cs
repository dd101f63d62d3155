namespace Convoy.Weights;

/// <summary>Numbers that do not lie in their file as they are needed, because it packs them or has them in another order: they are unpacked when they are first asked for.</summary>
/// <param name="source">The file, as sentences name it.</param>
/// <param name="length">How many bytes there will be.</param>
/// <param name="unpack">Makes them; it may throw what reading the file may.</param>
internal sealed class UnpackedStorage(string source, int length, Func<byte[]> unpack) : WeightStorage(source, length)
{
    private volatile Lazy<byte[]>? _bytes = new(unpack);

    protected override void ReadSection(long offset, Span<byte> destination)
    {
        Lazy<byte[]> bytes = _bytes ?? throw Disposed();
        bytes.Value.AsSpan((int)offset, destination.Length).CopyTo(destination);
    }

    protected override void Release() => _bytes = null;
}
