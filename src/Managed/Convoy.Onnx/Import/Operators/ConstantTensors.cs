using System.Runtime.InteropServices;

namespace Convoy.Onnx.Import.Operators;

/// <summary>What is computed of constants while a model is read: shapes, and the order of weights.</summary>
internal static class ConstantTensors
{
    /// <summary>The axes in another order.</summary>
    public static FloatConstant Transpose(Tensors tensors, FloatConstant tensor, ImmutableArray<int> axes)
    {
        ImmutableArray<int> extents = [.. axes.Select(axis => tensor.Extents[axis])];
        return axes.SequenceEqual(axes.Order()) || tensor.Storage is FilledStorage
            ? tensor with { Extents = extents }
            : tensors.Create(extents, Transpose(tensors.ToArray(tensor), tensor.Extents, axes));
    }

    /// <inheritdoc cref="Transpose(Tensors, FloatConstant, ImmutableArray{int})"/>
    public static IntegerConstant Transpose(IntegerConstant tensor, ImmutableArray<int> axes) => new(
        [.. axes.Select(axis => tensor.Extents[axis])], [.. Transpose([.. tensor.Values], tensor.Extents, axes)]);

    /// <summary>An operation of two constants, element by element.</summary>
    public static Value Combine(Tensors tensors, BinaryOperation operation, Value left, Value right)
    {
        switch (left, right)
        {
            case (IntegerConstant first, IntegerConstant second):
                {
                    ImmutableArray<int> extents = Broadcast(first.Extents, second.Extents);
                    tensors.Spend(Axes.Count(extents));
                    return new IntegerConstant(extents, [.. Combine([.. first.Values], first.Extents, [.. second.Values], second.Extents, extents, (a, b) => OfIntegers(operation, a, b))]);
                }

            case (FloatConstant first, FloatConstant second):
                {
                    ImmutableArray<int> extents = Broadcast(first.Extents, second.Extents);
                    tensors.Spend(Axes.Count(extents));
                    return tensors.Create(extents, Combine(tensors.ToArray(first), first.Extents, tensors.ToArray(second), second.Extents, extents, (a, b) => OfReals(operation, a, b)));
                }

            default:
                throw new UnsupportedException("it mixes whole and real numbers");
        }
    }

    /// <summary>Some elements along an axis, by their indices.</summary>
    public static Value Take(Tensors tensors, Value tensor, int axis, ReadOnlySpan<int> indices, ImmutableArray<int> extents)
    {
        tensors.Spend(Axes.Count(extents));
        return tensor switch
        {
            IntegerConstant integers => new IntegerConstant(extents, ImmutableCollectionsMarshal.AsImmutableArray(Take([.. integers.Values], integers.Extents, axis, indices))),
            FloatConstant reals => tensors.Create(extents, Take(tensors.ToArray(reals), reals.Extents, axis, indices)),
            _ => throw new UnsupportedException("it takes elements of what is no constant"),
        };
    }

    /// <summary>Constants one behind the other along an axis.</summary>
    public static Value Concat(Tensors tensors, IReadOnlyList<Value> parts, int axis)
    {
        if (parts.All(part => part is IntegerConstant))
        {
            IntegerConstant[] integers = [.. parts.Cast<IntegerConstant>()];
            (ImmutableArray<int> extents, long[] values) = Concat([.. integers.Select(part => (part.Extents, part.Values.ToArray()))], axis);
            tensors.Spend(values.Length);
            return new IntegerConstant(extents, ImmutableCollectionsMarshal.AsImmutableArray(values));
        }

        if (!parts.All(part => part is FloatConstant))
        {
            throw new UnsupportedException("it joins constants with what is computed of images");
        }

        (ImmutableArray<int> joined, float[] numbers) = Concat([.. parts.Cast<FloatConstant>().Select(part => (part.Extents, tensors.ToArray(part)))], axis);
        return tensors.Create(joined, numbers);
    }

    /// <summary>The extents of a tensor, by its constant's kind.</summary>
    public static ImmutableArray<int> ExtentsOf(Value tensor) => tensor switch
    {
        IntegerConstant integers => integers.Extents,
        FloatConstant reals => reals.Extents,
        _ => throw new UnsupportedException("it needs a constant"),
    };

    /// <summary>The same numbers by other extents.</summary>
    public static Value Reshape(Value tensor, ImmutableArray<int> extents) => tensor switch
    {
        IntegerConstant integers => integers with { Extents = extents },
        FloatConstant reals => reals with { Extents = extents },
        _ => throw new UnsupportedException("it needs a constant"),
    };

    private static T[] Transpose<T>(T[] values, ImmutableArray<int> extents, ImmutableArray<int> axes)
    {
        if (axes is [1, 0])
        {
            return TransposeMatrix(values, extents[0], extents[1]);
        }

        int rank = extents.Length;
        long[] strides = new long[rank];
        for (int axis = rank - 1, stride = 1; axis >= 0; axis--)
        {
            strides[axis] = stride;
            stride *= extents[axis];
        }

        var order = ElementOrder.Join(axes.Select(axis => new OrderAxis(extents[axis], strides[axis])));
        var transposed = new T[values.Length];
        int next = 0;
        foreach (long place in values.Length == 0 ? [] : order.Places())
        {
            transposed[next++] = values[place];
        }

        return transposed;
    }

    private static T[] TransposeMatrix<T>(T[] values, int rows, int columns)
    {
        var transposed = new T[values.Length];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                transposed[((long)column * rows) + row] = values[((long)row * columns) + column];
            }
        }

        return transposed;
    }

    /// <summary>The extents of two tensors broadcast over one another.</summary>
    private static ImmutableArray<int> Broadcast(ImmutableArray<int> left, ImmutableArray<int> right)
    {
        int rank = Math.Max(left.Length, right.Length);
        int[] extents = new int[rank];
        for (int i = 0; i < rank; i++)
        {
            (int a, int b) = (ExtentAt(left, rank, i), ExtentAt(right, rank, i));
            extents[i] = a == b || b == 1 ? a : a == 1 ? b : throw new UnsupportedException("the extents of its constants do not fit");
        }

        return [.. extents];
    }

    private static T[] Combine<T>(
        T[] left, ImmutableArray<int> leftExtents, T[] right, ImmutableArray<int> rightExtents, ImmutableArray<int> extents, Func<T, T, T> operation)
    {
        long[] leftPlaces = PlacesOf(leftExtents, extents);
        long[] rightPlaces = PlacesOf(rightExtents, extents);
        var result = new T[leftPlaces.Length];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = operation(left[leftPlaces[i]], right[rightPlaces[i]]);
        }

        return result;
    }

    /// <summary>Where a tensor that is broadcast has the element of each place.</summary>
    private static long[] PlacesOf(ImmutableArray<int> own, ImmutableArray<int> extents)
    {
        long[] places = new long[Axes.Count(extents)];
        for (int i = 0; i < places.Length; i++)
        {
            long stride = 1;
            long rest = i;
            for (int axis = extents.Length - 1; axis >= 0; axis--)
            {
                (rest, long index) = Math.DivRem(rest, extents[axis]);
                int extent = ExtentAt(own, extents.Length, axis);
                places[i] += extent == 1 ? 0 : index * stride;
                stride *= extent;
            }
        }

        return places;
    }

    private static int ExtentAt(ImmutableArray<int> extents, int rank, int axis) =>
        axis - (rank - extents.Length) is var own and >= 0 ? extents[own] : 1;

    private static T[] Take<T>(T[] values, ImmutableArray<int> extents, int axis, ReadOnlySpan<int> indices)
    {
        int inner = (int)Axes.Count(extents.AsSpan()[(axis + 1)..]);
        int outer = (int)Axes.Count(extents.AsSpan()[..axis]);
        var taken = new T[outer * indices.Length * inner];
        for (int i = 0; i < outer * indices.Length; i++)
        {
            int from = ((i / indices.Length * extents[axis]) + indices[i % indices.Length]) * inner;
            values.AsSpan(from, inner).CopyTo(taken.AsSpan(i * inner));
        }

        return taken;
    }

    private static (ImmutableArray<int> Extents, T[] Values) Concat<T>((ImmutableArray<int> Extents, T[] Values)[] parts, int axis)
    {
        ImmutableArray<int> first = parts[0].Extents;
        if (parts.Any(part => part.Extents.Length != first.Length || !part.Extents.SetItem(axis, 0).SequenceEqual(first.SetItem(axis, 0))))
        {
            throw new UnsupportedException("the extents of its constants do not fit");
        }

        int outer = (int)Axes.Count(first.AsSpan()[..axis]);
        var values = new List<T>();
        for (int i = 0; i < outer; i++)
        {
            foreach ((_, T[] part) in parts)
            {
                int length = part.Length / outer;
                values.AddRange(part.AsSpan(i * length, length));
            }
        }

        return (first.SetItem(axis, checked(parts.Sum(part => part.Extents[axis]))), [.. values]);
    }

    private static float OfReals(BinaryOperation operation, float a, float b) => operation switch
    {
        BinaryOperation.Add => a + b,
        BinaryOperation.Subtract => a - b,
        BinaryOperation.Multiply => a * b,
        BinaryOperation.Divide => a / b,
        BinaryOperation.Minimum => MathF.Min(a, b),
        BinaryOperation.Maximum => MathF.Max(a, b),
        _ => throw new UnsupportedException($"there is no operation {(int)operation}"),
    };

    /// <summary>The number of images may be multiplied by one, and nothing else: then it still is.</summary>
    private static long OfIntegers(BinaryOperation operation, long a, long b)
    {
        if (a == IntegerConstant.Batch || b == IntegerConstant.Batch)
        {
            bool isKept = operation switch
            {
                BinaryOperation.Multiply => a == 1 || b == 1,
                BinaryOperation.Divide => b == 1,
                BinaryOperation.Add => a == 0 || b == 0,
                BinaryOperation.Subtract => b == 0,
                _ => false,
            };
            return isKept ? IntegerConstant.Batch : throw new MixedBatchException("it computes with the number of images");
        }

        try
        {
            return operation switch
            {
                BinaryOperation.Add => checked(a + b),
                BinaryOperation.Subtract => checked(a - b),
                BinaryOperation.Multiply => checked(a * b),
                BinaryOperation.Divide => b == 0 ? throw new UnsupportedException("it divides by 0") : checked(a / b),
                BinaryOperation.Minimum => Math.Min(a, b),
                BinaryOperation.Maximum => Math.Max(a, b),
                _ => throw new UnsupportedException($"there is no operation {(int)operation}"),
            };
        }
        catch (OverflowException)
        {
            throw new UnsupportedException("it computes a whole number that is too large");
        }
    }
}
