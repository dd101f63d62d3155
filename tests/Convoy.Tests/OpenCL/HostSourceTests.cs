using System.Text.RegularExpressions;
using Convoy.Backends.OpenCL;
using Convoy.Tests.Backends;
using Convoy.Tests.Cases;

namespace Convoy.Tests.OpenCL;

/// <summary>What host.cl defines, kernels know, and the other way round; what neither knows is refused by name.</summary>
public sealed partial class HostSourceTests : OpenClFixture
{
    private static readonly Shape Image = Shape.Image(3, 4, 4);

    private static IEnumerable<TestCaseData> Unknown =>
    [
        new TestCaseData(new Binary((BinaryOperation)99), new[] { Image, Image }, "operation 99").SetArgDisplayNames("two tensors"),
        new TestCaseData(new BinaryConstant((BinaryOperation)99, [1]), new[] { Image }, "operation 99").SetArgDisplayNames("constant"),
        new TestCaseData(new Pool2D((PoolKind)99, 2, 2, default), new[] { Image }, "kind 99").SetArgDisplayNames("pooling"),
        new TestCaseData(new AdaptivePool2D((PoolKind)99, 2), new[] { Image }, "kind 99").SetArgDisplayNames("adaptive pooling"),
        new TestCaseData(new Novelty(), new[] { Image }, "novelty layers").SetArgDisplayNames("layer"),
    ];

    [Test]
    public void Pool_cl_knows_the_numbers_of_all_poolings_and_no_others()
    {
        string pool = File.ReadAllText(Path.Combine(Repository.Root, "kernels", "pool.cl"));
        Assert.That(PoolMacro().Matches(pool).Select(match => match.Value).Append("POOL_AVERAGE").Distinct(), Is.EquivalentTo(DefinedOf("POOL_")));
    }

    [Test]
    public void Every_operation_has_one_row() => Assert.That(
        ElementwiseOperation.All.Select(each => each.Binary), Is.EqualTo(Enum.GetValues<BinaryOperation>().Select(each => (BinaryOperation?)each).Prepend(null)));

    [TestCaseSource(nameof(Unknown))]
    public void What_is_not_known_is_refused_by_name(Layer layer, Shape[] inputs, string name)
    {
        using var backend = new OpenClBackend(AnyDevice);
        StepGraph known = new OperatorCase("novelty", new ActivationLayer(Activation.Relu), inputs).ToGraph();
        var graph = new StepGraph([known.Steps[0] with { Layer = layer }], known.Values, known.Outputs);
        Assert.That(
            () => backend.Partition(graph, 1)[0].Prepare([default]).Dispose(), Throws.InstanceOf<BackendException>().With.Message.Contains("does not know").And.Message.Contains(name));
    }

    private static IEnumerable<string> DefinedOf(string prefix) =>
        Definition().Matches(HostSource.File.Text).Select(match => match.Groups["name"].Value).Where(name => name.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>A layer that no backend knows.</summary>
    private sealed record Novelty : Layer
    {
        public override string Op => "novelty";

        public override Shape InferShape(ReadOnlySpan<Shape> inputs) => inputs[0];
    }

    [GeneratedRegex(@"#define (?<name>\w+)")]
    private static partial Regex Definition();

    [GeneratedRegex(@"\bPOOL_[A-Z_]+\b")]
    private static partial Regex PoolMacro();
}
