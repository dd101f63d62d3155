namespace Convoy.Onnx.Import;

/// <summary>A part of a tensor's elements: so many, each so far behind the one before.</summary>
internal readonly record struct OrderAxis(long Extent, long Stride);

/// <summary>
/// Where the elements of a tensor lie, counted in its own row-major order: a tensor that was transposed may lie as it did before.
/// It is a nest of loops, outermost first, whose innermost body meets the elements one after the other; loops of one turn are
/// left out, and two that are one are joined, so that equal orders are equal lists.
/// </summary>
internal sealed class ElementOrder : IEquatable<ElementOrder>
{
    private ElementOrder(ImmutableArray<OrderAxis> axes) => Axes = axes;

    /// <summary>The loops, outermost first.</summary>
    public ImmutableArray<OrderAxis> Axes { get; }

    /// <summary>Whether the elements lie as they are counted.</summary>
    public bool IsRowMajor => Axes is [] or [_];

    /// <summary>Elements that lie as they are counted.</summary>
    public static ElementOrder RowMajor(long count) => Join([new OrderAxis(count, 1)]);

    /// <summary>An order of loops.</summary>
    public static ElementOrder Join(IEnumerable<OrderAxis> axes)
    {
        var joined = ImmutableArray.CreateBuilder<OrderAxis>();
        foreach (OrderAxis axis in axes.Where(axis => axis.Extent != 1))
        {
            if (joined is [.., var last] && last.Stride == axis.Extent * axis.Stride)
            {
                joined[^1] = new OrderAxis(last.Extent * axis.Extent, axis.Stride);
            }
            else
            {
                joined.Add(axis);
            }
        }

        return new ElementOrder(joined.ToImmutable());
    }

    /// <summary>The loops of each of a tensor's axes; null where a loop runs over a part of one axis and of its neighbour.</summary>
    public ImmutableArray<ImmutableArray<OrderAxis>>? Split(ImmutableArray<int> extents)
    {
        var left = new Stack<OrderAxis>(Axes.Reverse());
        var groups = ImmutableArray.CreateBuilder<ImmutableArray<OrderAxis>>(extents.Length);
        foreach (int extent in extents)
        {
            var group = ImmutableArray.CreateBuilder<OrderAxis>();
            long needed = extent;
            while (needed > 1)
            {
                OrderAxis axis = left.Pop();
                if (needed % axis.Extent == 0)
                {
                    group.Add(axis);
                    needed /= axis.Extent;
                }
                else if (axis.Extent % needed == 0)
                {
                    long inner = axis.Extent / needed;
                    group.Add(new OrderAxis(needed, axis.Stride * inner));
                    left.Push(new OrderAxis(inner, axis.Stride));
                    needed = 1;
                }
                else
                {
                    return null;
                }
            }

            groups.Add(group.ToImmutable());
        }

        return groups.MoveToImmutable();
    }

    /// <summary>The place of each element, in the order in which they are counted.</summary>
    public IEnumerable<long> Places()
    {
        IEnumerable<long> places = [0];
        foreach (OrderAxis axis in Axes)
        {
            places = places.SelectMany(place => Steps(place, axis));
        }

        return places;

        static IEnumerable<long> Steps(long first, OrderAxis axis)
        {
            for (long i = 0; i < axis.Extent; i++)
            {
                yield return first + (i * axis.Stride);
            }
        }
    }

    /// <inheritdoc/>
    public bool Equals(ElementOrder? other) => other is not null && Axes.AsSpan().SequenceEqual(other.Axes.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ElementOrder);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (OrderAxis axis in Axes)
        {
            hash.Add(axis);
        }

        return hash.ToHashCode();
    }
}
