using Convoy.Onnx.Format;

namespace Convoy.Onnx.Import;

/// <summary>
/// Models of frameworks that have channels last begin with a transposition to channels first, at once or behind operations of each
/// element. Such an input need not be transposed: it is taken as channels first from the start.
/// </summary>
internal static class ChannelsLastInput
{
    private static readonly ImmutableHashSet<string> Elementwise =
        ["Add", "Sub", "Mul", "Div", "Cast", "Identity", "Dropout", "Clip", "Relu", "Sigmoid", "Tanh"];

    /// <summary>Whether the tensors of an input are transposed to channels first before anything else is done with them.</summary>
    public static bool Is(string input, ImmutableArray<int> extents, bool hasBatch, ImmutableArray<NodeProto> nodes)
    {
        long[] order = hasBatch ? [0, 3, 1, 2] : extents.Length == 4 ? [0, 3, 1, 2] : [2, 0, 1];
        if (extents.Length != (hasBatch ? 3 : order.Length) || (extents.Length == 4 && extents[0] != 1))
        {
            return false;
        }

        HashSet<string> reached = [input];
        bool isTransposed = false;
        foreach (NodeProto node in nodes.Where(node => node.Input.Any(reached.Contains)))
        {
            if (node.OpType == "Transpose")
            {
                if (!node.Attribute.Any(attribute => attribute.Name == "perm" && attribute.Ints.SequenceEqual(order)))
                {
                    return false;
                }

                isTransposed = true;
            }
            else if (Elementwise.Contains(node.OpType))
            {
                reached.UnionWith(node.Output.Take(1));
            }
            else
            {
                return false;
            }
        }

        return isTransposed;
    }
}
