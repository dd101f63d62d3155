namespace Convoy.Tests.Fuzzing;

/// <summary>A random network, with how many images it is to be given.</summary>
/// <param name="Seed">What it was made of, and what numbers and options are made of.</param>
/// <param name="Network">The network, of one output or several; some of its layers may lead nowhere.</param>
/// <param name="Whole">The same with every layer an output.</param>
/// <param name="Images">Images at a time.</param>
public sealed record RandomNetwork(int Seed, Network Network, Network Whole, int Images)
{
    private const int MostLayers = 10;
    private const int MostOutputs = 4;
    private const int MostImages = 9;

    // What the reference, in plain loops, computes in milliseconds.
    private const long MostNumbers = 8000;
    private const long MostMultiplyAdds = 1_000_000;

    private static readonly KeyValuePair<string, Func<LayerDraw, NetworkBuilder, NetworkBuilder>>[] Kinds = [.. LayerDraw.Kinds];

    /// <summary>Draws one.</summary>
    public static RandomNetwork Create(Random random)
    {
        int seed = random.Next();
        Shape input = random.Next(8) == 0 ? Shape.Vector(1 + random.Next(90)) : Shape.Image(1 + random.Next(9), 1 + random.Next(24), 1 + random.Next(24));
        Network network = new NetworkBuilder("random", input).Build();
        for (int i = random.Next(MostLayers); i >= 0; i--)
        {
            network = TryExtend(random, network, $"n{network.Nodes.Length}") ?? network;
        }

        string[] ends = [.. network.Nodes.Where(node => !network.Nodes.Any(other => other.Inputs.Contains(node))).Select(node => node.Name)];
        string[] others = [.. network.Nodes.Select(node => node.Name).Except(ends)];
        random.Shuffle(ends);
        random.Shuffle(others);
        string[] outputs = [.. ends.Take(1 + random.Next(MostOutputs)), .. others.Take(random.Next(4) == 0 ? 1 : 0)];
        random.Shuffle(outputs);
        string[] all = [.. network.Nodes.Select(node => node.Name)];
        return new RandomNetwork(seed, Begin(network).Build(outputs.AsSpan()), Begin(network).Build(all.AsSpan()), 1 + random.Next(MostImages));
    }

    /// <summary>The layers, a line each.</summary>
    public string Describe() => string.Join('\n', Network.Nodes.Select(node => FormattableString.Invariant(
        $"{(Network.Outputs.Contains(node) ? "* " : "  ")}{node.Name} {node.Shape} = {Text(node.Layer)} of {string.Join(", ", node.Inputs.Select(each => each.Name))}"))) + $"\n{Images} images";

    private static string Text(Layer layer) => layer is BinaryConstant constant ? $"{constant} {string.Join(' ', constant.Constant)}" : layer.ToString();

    /// <summary>One more layer, mostly behind the last one, or a branch begins; null for one that is impossible or too large.</summary>
    private static Network? TryExtend(Random random, Network network, string name)
    {
        Node from = random.Next(4) == 0 ? Mutation.Any(random, network.Nodes) : network.Nodes[^1];
        NetworkBuilder builder = Begin(network).From(from.Name);
        (_, Func<LayerDraw, NetworkBuilder, NetworkBuilder> draw) = Mutation.Any(random, Kinds);
        draw(new LayerDraw(random, network, from, name), builder);
        try
        {
            Network extended = builder.Build(builder.Last);
            return extended.MultiplyAdds <= MostMultiplyAdds && extended.Nodes.All(node => node.Shape.Count <= MostNumbers) ? extended : null;
        }
        catch (NetworkException e)
        {
            Sentence.Check(e.Message);
            return null;
        }
    }

    /// <summary>A builder with all that a network has.</summary>
    private static NetworkBuilder Begin(Network network)
    {
        var builder = new NetworkBuilder(network.Name, network.Input.Shape);
        foreach (Node node in network.Nodes.Where(node => node != network.Input))
        {
            builder.Append(node.Name, node.Layer, [.. node.Inputs.Select(each => each.Name)]);
        }

        return builder;
    }
}
