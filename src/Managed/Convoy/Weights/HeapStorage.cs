using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Convoy.Weights;

/// <summary>Weights in memory: an embedded resource, a stream read to its end, or numbers made here.</summary>
internal sealed class HeapStorage(string source, ReadOnlyMemory<byte> bytes) : WeightStorage(source, bytes.Length)
{
    private StrongBox<ReadOnlyMemory<byte>>? _bytes = new(bytes);

    private ReadOnlyMemory<byte> Bytes => _bytes?.Value ?? throw Disposed();

    public override IMemoryOwner<byte> Borrow(long offset, int length) => new PinnedSection(Bytes.Slice((int)offset, length));

    protected override void ReadSection(long offset, Span<byte> destination)
    {
        using var section = new PinnedSection(Bytes.Slice((int)offset, destination.Length));
        section.Memory.Span.CopyTo(destination);
    }

    protected override void Release() => _bytes = null;

    /// <summary>What was given need not be an array of ours: a pin keeps native memory too.</summary>
    private sealed class PinnedSection(ReadOnlyMemory<byte> bytes) : IMemoryOwner<byte>
    {
        private MemoryHandle _pin = bytes.Pin();

        public Memory<byte> Memory { get; } = MemoryMarshal.AsMemory(bytes);

        public void Dispose() => _pin.Dispose();
    }
}
