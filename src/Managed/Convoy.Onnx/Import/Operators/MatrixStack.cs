namespace Convoy.Onnx.Import.Operators;

/// <summary>
/// The matrices of a constant, by what there are several for: the places along axes of a tensor, each of which has its own, or none,
/// where the tensor has one place alone and is multiplied by each.
/// </summary>
/// <param name="Weight">[matrices x rows, columns]: for the axes that are grouped, then those that are repeated.</param>
/// <param name="Rows">How many rows a matrix has.</param>
/// <param name="Grouped">The axes of a sample whose places have a matrix each.</param>
/// <param name="Repeated">The axes of a sample with one place, and how many matrices that is multiplied by.</param>
internal sealed record MatrixStack(FloatConstant Weight, int Rows, ImmutableArray<int> Grouped, ImmutableArray<(int Axis, int Extent)> Repeated)
{
    /// <summary>Arranges a constant of two extents or more, which are the last of the tensor's.</summary>
    /// <param name="node">The node.</param>
    /// <param name="data">The tensor; it has no fewer extents.</param>
    /// <param name="constant">The constant.</param>
    /// <param name="isTransposed">Whether its matrices are [columns, rows].</param>
    /// <exception cref="UnsupportedException">It does not fit the tensor.</exception>
    public static MatrixStack Of(OperatorNode node, ComputedTensor data, FloatConstant constant, bool isTransposed)
    {
        int rank = constant.Extents.Length;
        var grouped = new List<(int Own, int Axis)>();
        var repeated = new List<(int Own, int Axis)>();
        ImmutableArray<int> kept = [.. Enumerable.Range(0, rank).Where(own => own >= rank - 2 || constant.Extents[own] != 1)];
        for (int i = 0; i < kept.Length - 2; i++)
        {
            int place = data.Rank - rank + kept[i];
            if (data.IsBatchAxis(place))
            {
                throw new MixedBatchException("it has a matrix for each image");
            }

            int axis = data.SampleAxis(place);
            List<(int Own, int Axis)> kind = data.Extents[axis] == constant.Extents[kept[i]] ? grouped
                : data.Extents[axis] == 1 ? repeated
                : throw new UnsupportedException(
                    $"its constant of the extents [{string.Join(", ", constant.Extents)}] is not broadcast over its input's [{string.Join(", ", data.Extents)}]");
            kind.Add((i, axis));
        }

        FloatConstant dense = constant with { Extents = [.. kept.Select(own => constant.Extents[own])] };
        (int row, int column) = isTransposed ? (kept.Length - 1, kept.Length - 2) : (kept.Length - 2, kept.Length - 1);
        FloatConstant ordered = ConstantTensors.Transpose(
            node.Tensors, dense, [.. grouped.Select(each => each.Own), .. repeated.Select(each => each.Own), row, column]);
        int columns = ordered.Extents[^1];
        return new MatrixStack(
            ordered with { Extents = [Axes.Extent(Axes.Count(ordered.Extents.AsSpan()[..^1])), columns] },
            ordered.Extents[^2],
            [.. grouped.Select(each => each.Axis)],
            [.. repeated.Select(each => (each.Axis, dense.Extents[each.Own]))]);
    }
}
