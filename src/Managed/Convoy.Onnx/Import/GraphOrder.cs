using Convoy.Onnx.Format;

namespace Convoy.Onnx.Import;

/// <summary>
/// The nodes that a graph's outputs need, each behind those it reads, otherwise as they stand. Kahn's algorithm ("Topological sorting of large networks", 1962),
/// which needs no recursion: files say how deep they are.
/// </summary>
internal sealed class GraphOrder
{
    private GraphOrder(ImmutableArray<NodeProto> nodes, HashSet<string> read)
    {
        Nodes = nodes;
        Read = read;
    }

    /// <summary>The nodes in order.</summary>
    public ImmutableArray<NodeProto> Nodes { get; }

    /// <summary>The names of all values that a node or an output of the graph reads.</summary>
    public HashSet<string> Read { get; }

    /// <summary>Sorts a graph.</summary>
    /// <exception cref="UnsupportedException">Two nodes make one value, a value is made by none, or nodes read one another in a circle.</exception>
    public static GraphOrder Of(GraphProto graph)
    {
        Dictionary<string, NodeProto> makers = FindMakers(graph);
        HashSet<string> given =
        [
            .. graph.Input.Select(input => input.Name),
            .. graph.Initializer.Select(tensor => tensor.Name),
            .. graph.SparseInitializer.Select(tensor => tensor.Values?.Name ?? ""),
        ];
        HashSet<string> read = [.. graph.Output.Select(output => output.Name)];
        HashSet<NodeProto> needed = FindNeeded(graph, makers, read);

        var waiting = new Dictionary<NodeProto, int>(ReferenceEqualityComparer.Instance);
        var readers = new Dictionary<string, List<NodeProto>>(StringComparer.Ordinal);
        var places = new Dictionary<NodeProto, int>(ReferenceEqualityComparer.Instance);
        var ready = new PriorityQueue<NodeProto, int>();
        foreach (NodeProto node in graph.Node.Where(needed.Contains))
        {
            string[] made = [.. node.Input.Where(makers.ContainsKey).Distinct()];
            foreach (string name in node.Input.Where(name => name.Length > 0 && !makers.ContainsKey(name) && !given.Contains(name)).Take(1))
            {
                throw new UnsupportedException($"its node {Describe(node)} reads {WeightException.Quote(name)}, which nothing makes");
            }

            waiting.Add(node, made.Length);
            places.Add(node, places.Count);
            foreach (string name in made)
            {
                (readers.TryGetValue(name, out List<NodeProto>? list) ? list : readers[name] = []).Add(node);
            }

            if (made.Length == 0)
            {
                ready.Enqueue(node, places[node]);
            }
        }

        var sorted = ImmutableArray.CreateBuilder<NodeProto>();
        while (ready.TryDequeue(out NodeProto? node, out _))
        {
            sorted.Add(node);
            foreach (NodeProto reader in node.Output.Distinct().SelectMany(name => readers.GetValueOrDefault(name) ?? []))
            {
                if (--waiting[reader] == 0)
                {
                    ready.Enqueue(reader, places[reader]);
                }
            }
        }

        return sorted.Count == needed.Count
            ? new GraphOrder(sorted.ToImmutable(), read)
            : throw new UnsupportedException($"its node {Describe(graph.Node.First(node => needed.Contains(node) && waiting[node] > 0))} reads in a circle what is made of its own output");
    }

    /// <summary>What sentences call a node: its name, or else that of its first output.</summary>
    public static string Describe(NodeProto node) =>
        WeightException.Quote(node.Name.Length > 0 ? node.Name : node.Output.FirstOrDefault(name => name.Length > 0) ?? "");

    private static Dictionary<string, NodeProto> FindMakers(GraphProto graph)
    {
        var makers = new Dictionary<string, NodeProto>(StringComparer.Ordinal);
        foreach (NodeProto node in graph.Node)
        {
            foreach (string name in node.Output.Where(name => name.Length > 0))
            {
                if (!makers.TryAdd(name, node))
                {
                    throw new UnsupportedException($"two nodes of it make {WeightException.Quote(name)}");
                }
            }
        }

        return makers;
    }

    private static HashSet<NodeProto> FindNeeded(GraphProto graph, Dictionary<string, NodeProto> makers, HashSet<string> read)
    {
        var needed = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        var open = new Stack<string>(graph.Output.Select(output => output.Name));
        while (open.TryPop(out string? name))
        {
            if (makers.TryGetValue(name, out NodeProto? maker) && needed.Add(maker))
            {
                foreach (string input in maker.Input.Where(input => input.Length > 0))
                {
                    read.Add(input);
                    open.Push(input);
                }
            }
        }

        return needed;
    }
}
