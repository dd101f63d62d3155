namespace Convoy.Tensors;

/// <summary>A span read as a tensor: the elements in row-major order, and the shape that says how many there must be.</summary>
public readonly ref struct TensorView<T>
    where T : unmanaged
{
    /// <summary>Views a span as a tensor.</summary>
    /// <exception cref="ArgumentException">The span's length is not the shape's element count.</exception>
    public TensorView(Span<T> elements, Shape shape)
    {
        if (elements.Length != shape.Count)
        {
            throw new ArgumentException(
                $"A tensor of shape {shape} has {shape.Count:N0} elements, but the span holds {elements.Length:N0}.",
                nameof(elements));
        }

        Elements = elements;
        Shape = shape;
    }

    /// <summary>The elements, the last extent fastest.</summary>
    public Span<T> Elements { get; }

    /// <summary>The extents.</summary>
    public Shape Shape { get; }

    /// <summary>The sub-tensor at an index of the outermost extent.</summary>
    public TensorView<T> this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Shape[0]);
            Shape inner = new(Shape.Extents.AsSpan()[1..]);
            int count = (int)inner.Count;
            return new TensorView<T>(Elements.Slice(index * count, count), inner);
        }
    }
}
