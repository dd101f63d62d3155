using System.Buffers;

namespace Convoy.Weights;

/// <summary>One stored tensor. Its bytes belong to its set, and can be used as long as that is not disposed.</summary>
public sealed class WeightTensor
{
    private readonly WeightStorage _storage;
    private readonly long _offset;

    internal WeightTensor(string name, ElementType elementType, Shape shape, WeightStorage storage, long offset, int length)
    {
        _storage = storage;
        _offset = offset;
        Name = name;
        ElementType = elementType;
        Shape = shape;
        Bytes = storage.Slice(offset, length);
    }

    /// <summary>The name, unique within the set: "conv1.weight".</summary>
    public string Name { get; }

    /// <summary>How each number is stored.</summary>
    public ElementType ElementType { get; }

    /// <summary>The extents, outermost first.</summary>
    public Shape Shape { get; }

    /// <summary>
    /// The numbers in row-major order, little-endian, at any alignment. A span taken from here must not be used once the
    /// set is disposed; pin the memory to keep the set's bytes in place for longer.
    /// </summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>
    /// Writes all elements, as fp32, in row-major order. Exact for every element type. Safe against another thread's
    /// disposing the set: it reads everything, or throws.
    /// </summary>
    /// <exception cref="ArgumentException">The span's length is not the shape's element count.</exception>
    /// <exception cref="ObjectDisposedException">The set was disposed.</exception>
    public void CopyTo(Span<float> destination)
    {
        if (destination.Length != Shape.Count)
        {
            throw new ArgumentException(
                $"The tensor '{Name}' of shape {Shape} has {Shape.Count:N0} elements, but the span holds {destination.Length:N0}.",
                nameof(destination));
        }

        using MemoryHandle pin = Bytes.Pin();
        ElementConversion.Widen(Bytes.Span, ElementType, destination);
    }

    /// <summary>The bytes, to be read once; until the owner is disposed of they stay even where the set does not.</summary>
    internal IMemoryOwner<byte> Open() => _storage.Open(_offset, Bytes.Length);

    /// <inheritdoc/>
    public override string ToString() => $"{Name} ({ElementType}) {Shape}";
}
