using CsCheck;

namespace Convoy.Tests.Graph;

public class TopologicalOrderTests
{
    private static readonly ActivationLayer Relu = new(Activation.Relu);

    [Test]
    public void Layers_in_order_stay_in_order()
    {
        Network network = new NetworkBuilder("net", Shape.Vector(3))
            .Relu("z")
            .From("input").Relu("a")
            .Add("m", "a", "z")
            .Build();
        Assert.That(network.Nodes.Select(node => node.Name), Is.EqualTo(new[] { "input", "z", "a", "m" }));
    }

    [Test]
    public void Layers_may_be_defined_before_what_they_read()
    {
        Network network = Network.Create("net",
        [
            new("c", new Binary(BinaryOperation.Add), ["b", "a"]),
            new("b", Relu, ["a"]),
            new("a", Relu, ["in"]),
            new("in", new Input(Shape.Vector(3)), []),
        ]);
        Assert.That(network.Nodes.Select(node => node.Name), Is.EqualTo(new[] { "in", "a", "b", "c" }));
        Assert.That(network.Output.Name, Is.EqualTo("c"));
    }

    [Test]
    public void In_whatever_order_it_is_given_every_node_stands_behind_its_inputs()
    {
        Gen.Select(Gen.Int[2, 40], Gen.Int[0, int.MaxValue]).Sample(
            (count, seed) =>
            {
                var random = new Random(seed);
                NodeDefinition[] definitions =
                [
                    new("0", new Input(Shape.Vector(3)), []),
                    .. Enumerable.Range(1, count - 1).Select(i => new NodeDefinition(
                        $"{i}", new Binary(BinaryOperation.Add), [$"{random.Next(i)}", $"{random.Next(i)}"])),
                ];
                random.Shuffle(definitions);
                Network network = Network.Create("net", definitions, output: $"{count - 1}");
                var seen = new HashSet<Node>();
                return network.Nodes.Length == count && network.Nodes.All(node => node.Inputs.All(seen.Contains) && seen.Add(node));
            },
            iter: 500);
    }

    [Test]
    public void A_chain_of_20000_layers_is_built_from_either_end([Values] bool isBackwards)
    {
        const int Length = 20_000;
        List<NodeDefinition> chain =
        [
            new("0", new Input(Shape.Vector(3)), []),
            .. Enumerable.Range(1, Length).Select(i => new NodeDefinition($"{i}", Relu, [$"{i - 1}"])),
        ];
        if (isBackwards)
        {
            chain.Reverse();
        }

        Network network = Network.Create("chain", chain);
        Assert.That(network.Nodes, Has.Length.EqualTo(Length + 1));
        Assert.That(network.Nodes[^1].Name, Is.EqualTo($"{Length}"));
    }

    [Test]
    public void A_cycle_is_told_layer_by_layer() => Assert.That(
        () => Network.Create("net",
        [
            new("in", new Input(Shape.Vector(3)), []),
            new("first", new Binary(BinaryOperation.Add), ["in", "c"]),
            new("b", Relu, ["first"]),
            new("c", Relu, ["b"]),
        ]),
        Throws.TypeOf<NetworkException>().With.Message.EqualTo(
            "The network 'net' has a cycle: 'first' -> 'c' -> 'b' -> 'first'; a layer cannot read its own output."));

    [Test]
    public void A_layer_that_reads_itself_is_a_cycle() => Assert.That(
        () => Network.Create("net", [new("in", new Input(Shape.Vector(3)), []), new("a", new Binary(BinaryOperation.Add), ["in", "a"])]),
        Throws.TypeOf<NetworkException>().With.Message.Contains("cycle: 'a' -> 'a';"));

    [Test]
    public void A_cycle_of_20000_layers_is_told_without_listing_them_all()
    {
        const int Length = 20_000;
        List<NodeDefinition> ring =
        [
            new("in", new Input(Shape.Vector(3)), []),
            .. Enumerable.Range(0, Length).Select(i => new NodeDefinition($"{i}", Relu, [$"{(i + 1) % Length}"])),
        ];
        var error = Assert.Throws<NetworkException>(() => Network.Create("net", ring));
        Assert.That(error.Message, Does.Contain("cycle: '0' -> '1' -> ").And.Contains(" -> '19999' -> '0'").And.Length.LessThan(300));
    }
}
