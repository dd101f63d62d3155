namespace Convoy.Graph;

/// <summary>
/// Orders definitions so that each stands behind those it reads, otherwise as they were given. Depth-first search with an
/// explicit stack (Cormen et al., "Introduction to Algorithms", section 22.4), so that a long chain cannot overflow ours.
/// </summary>
internal static class TopologicalOrder
{
    /// <summary>A long cycle is described by this many layers at either end.</summary>
    private const int CycleEndsTold = 5;

    private enum Mark
    {
        Open,
        Done,
    }

    public static List<NodeDefinition> Sort(
        string network, IEnumerable<NodeDefinition> definitions, Dictionary<string, NodeDefinition> byName)
    {
        var sorted = new List<NodeDefinition>();
        var marks = new Dictionary<string, Mark>(StringComparer.Ordinal);
        var path = new Stack<(NodeDefinition Definition, int NextInput)>();
        foreach (NodeDefinition root in definitions)
        {
            if (marks.ContainsKey(root.Name))
            {
                continue;
            }

            marks[root.Name] = Mark.Open;
            path.Push((root, 0));
            while (path.TryPop(out (NodeDefinition Definition, int NextInput) top))
            {
                if (top.NextInput == top.Definition.Inputs.Length)
                {
                    marks[top.Definition.Name] = Mark.Done;
                    sorted.Add(top.Definition);
                    continue;
                }

                path.Push((top.Definition, top.NextInput + 1));
                NodeDefinition input = Find(network, byName, top.Definition, top.Definition.Inputs[top.NextInput]);
                if (!marks.TryGetValue(input.Name, out Mark mark))
                {
                    marks[input.Name] = Mark.Open;
                    path.Push((input, 0));
                }
                else if (mark == Mark.Open)
                {
                    throw Cycle(network, path, input);
                }
            }
        }

        return sorted;
    }

    private static NodeDefinition Find(
        string network, Dictionary<string, NodeDefinition> byName, NodeDefinition reader, string input) =>
        byName.TryGetValue(input, out NodeDefinition? definition)
            ? definition
            : throw new NetworkException($"Layer '{reader.Name}': its input '{input}' is no layer of the network '{network}'.");

    private static NetworkException Cycle(
        string network, Stack<(NodeDefinition Definition, int NextInput)> path, NodeDefinition entry)
    {
        List<string> names =
        [
            .. path
                .Select(step => $"'{step.Definition.Name}'")
                .TakeWhile(name => name != $"'{entry.Name}'")
                .Append($"'{entry.Name}'")
                .Prepend($"'{entry.Name}'")
                .Reverse(),
        ];
        if (names.Count > 2 * CycleEndsTold)
        {
            names = [.. names[..CycleEndsTold], "...", .. names[^CycleEndsTold..]];
        }

        return new NetworkException(
            $"The network '{network}' has a cycle: {string.Join(" -> ", names)}; a layer cannot read its own output.");
    }
}
