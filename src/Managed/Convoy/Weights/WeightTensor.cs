using System.Buffers;
using System.Runtime.InteropServices;

namespace Convoy.Weights;

/// <summary>One stored tensor. Its numbers belong to its set, and can be read as long as that is not disposed.</summary>
public sealed class WeightTensor
{
    private const int PieceBytes = 1 << 19;

    private readonly WeightStorage _storage;
    private readonly long _offset;
    private readonly string? _otherType;

    internal WeightTensor(
        string name, ElementType elementType, Shape shape, WeightStorage storage, long offset, int byteCount, string? otherType = null)
    {
        _storage = storage;
        _offset = offset;
        Name = name;
        ElementType = elementType;

        // As the file has it, but for what would break a sentence's line.
        _otherType = otherType is null ? null : WeightException.Quote(otherType).Trim('\'');
        Shape = shape;
        ByteCount = byteCount;
    }

    /// <summary>The name, unique within the set: "conv1.weight".</summary>
    public string Name { get; }

    /// <summary>How each number is stored.</summary>
    public ElementType ElementType { get; }

    /// <summary>The element type's name in sentences; that of <see cref="ElementType.Other"/> as the file has it: "C64".</summary>
    public string ElementTypeName => _otherType ?? ElementType.ToString();

    /// <summary>The extents, outermost first.</summary>
    public Shape Shape { get; }

    /// <summary>How many bytes the numbers take as they are stored.</summary>
    public int ByteCount { get; }

    /// <summary>
    /// Whether, if its last extent is a flattened feature map, that is counted by rows, columns and channels, as in Keras; a network
    /// counts by channels, rows and columns.
    /// </summary>
    internal bool IsChannelsLast { get; init; }

    /// <summary>
    /// Writes all elements, as fp32, in row-major order. Exact for the floating-point types but fp64, whose numbers are rounded to
    /// the nearest, and become infinite beyond fp32's range. Safe against another thread's disposing the set: it reads
    /// everything, or throws.
    /// </summary>
    /// <exception cref="ArgumentException">The span's length is not the shape's element count.</exception>
    /// <exception cref="WeightException">
    /// The element type is none of floating point, or the file the numbers are in cannot be read, or has changed since it was opened.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The set was disposed.</exception>
    public void CopyTo(Span<float> destination)
    {
        ThrowUnlessFits(destination.Length, Shape.Count, "elements", nameof(destination));
        if (ElementType == ElementType.Float32)
        {
            Read(0, MemoryMarshal.AsBytes(destination));
            return;
        }

        if (!ElementType.IsFloatingPoint())
        {
            throw new WeightException(
                $"The tensor {WeightException.Quote(Name)} of {_storage.Source} is {ElementTypeName}, but only floating-point numbers of 16 to 64 bits can be weights.");
        }

        byte[] stored = ArrayPool<byte>.Shared.Rent(Math.Min(ByteCount, PieceBytes));
        try
        {
            for (int done = 0; done < ByteCount;)
            {
                Span<byte> piece = stored.AsSpan(0, Math.Min(ByteCount - done, PieceBytes));
                Read(done, piece);
                int first = done / ElementType.SizeInBytes();
                ElementConversion.ToSingle(piece, ElementType, destination.Slice(first, piece.Length / ElementType.SizeInBytes()));
                done += piece.Length;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(stored);
        }
    }

    /// <summary>Writes all elements as they are stored, in row-major order, little-endian; otherwise as <see cref="CopyTo"/>.</summary>
    /// <exception cref="ArgumentException">The span's length is not <see cref="ByteCount"/>.</exception>
    /// <exception cref="WeightException">The file the numbers are in cannot be read, or has changed since it was opened.</exception>
    /// <exception cref="ObjectDisposedException">The set was disposed.</exception>
    public void CopyBytesTo(Span<byte> destination)
    {
        ThrowUnlessFits(destination.Length, ByteCount, "bytes", nameof(destination));
        Read(0, destination);
    }

    /// <summary>The same numbers under another name.</summary>
    internal WeightTensor Rename(string name) => name == Name
        ? this
        : new WeightTensor(name, ElementType, Shape, _storage, _offset, ByteCount, _otherType) { IsChannelsLast = IsChannelsLast };

    /// <summary>The same numbers, the order of whose columns was found to be right.</summary>
    internal WeightTensor WithoutChannelsLast() => IsChannelsLast
        ? new WeightTensor(Name, ElementType, Shape, _storage, _offset, ByteCount, _otherType)
        : this;

    /// <summary>The same numbers in another order, in which they are put when they are first asked for.</summary>
    /// <param name="extents">The extents that they then have.</param>
    /// <param name="strides">For each extent, how many elements lie from one to the next now.</param>
    internal WeightTensor Rearrange(ReadOnlySpan<int> extents, ReadOnlySpan<long> strides)
    {
        var storage = new ArrangedStorage(_storage, _offset, ElementType.SizeInBytes(), extents, strides, isBigEndian: false);
        return new WeightTensor(Name, ElementType, new Shape(extents), storage, 0, ByteCount);
    }

    /// <summary>Copies some of the bytes, from an offset on.</summary>
    internal void Read(int offset, Span<byte> destination) => _storage.Read(_offset + offset, destination);

    /// <inheritdoc cref="WeightStorage.Borrow"/>
    internal IMemoryOwner<byte>? Borrow() => _storage.Borrow(_offset, ByteCount);

    /// <inheritdoc/>
    public override string ToString() => $"{Name} ({ElementTypeName}) {Shape}";

    private void ThrowUnlessFits(int given, long needed, string unit, string argument)
    {
        if (given != needed)
        {
            throw new ArgumentException($"The tensor '{Name}' of shape {Shape} has {needed:N0} {unit}, but the span holds {given:N0}.", argument);
        }
    }
}
