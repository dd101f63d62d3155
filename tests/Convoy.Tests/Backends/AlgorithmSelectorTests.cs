using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Convoy.Backends.Native;
using Convoy.Tests.Cases;

namespace Convoy.Tests.Backends;

/// <summary>Which algorithm a convolution gets, and what it depends on.</summary>
public sealed class AlgorithmSelectorTests
{
    private static readonly OperatorCase Convolution =
        new("conv", new Convolution2D(24, 3, 1, 1, 1, 1, true), [Shape.Image(16, 26, 26)], Activation.Relu, 8);

    [Test]
    public void The_least_cost_is_chosen_without_measuring_where_none_comes_close() => AssertChosen(
        [100, null, 41, 30], "winograd-8", "of direct 1.00, winograd-6 0.41, winograd-8 0.30: by cost", Forbidden);

    [Test]
    public void Close_costs_are_measured_and_the_fastest_is_chosen() => AssertChosen(
        [100, 51, 50, 40],
        "winograd-6",
        "of direct 1.00, winograd-4 0.51, winograd-6 0.50, winograd-8 0.40: by measurement (winograd-6 2 ms, winograd-8 3.14 ms)",
        close =>
        {
            Assert.That(close.Select(each => each.Name), Is.EqualTo(new[] { "winograd-6", "winograd-8" }), "only what is close");
            return new Dictionary<string, double> { ["winograd-6"] = 2, ["winograd-8"] = 3.14159 };
        });

    [Test]
    public void Without_measurements_close_costs_are_taken_at_their_word() => AssertChosen(
        [100, null, 41, 40], "winograd-8", "of direct 1.00, winograd-6 0.41, winograd-8 0.40: by cost", null);

    [Test]
    public void A_single_candidate_needs_no_choice() => AssertChosen([100, null, null, null], "direct", "no other than direct applies", Forbidden);

    [Test]
    public void What_is_asked_for_and_cannot_be_done_is_computed_directly() => AssertChosen(
        [100, 50, null, 30], "direct", "winograd6 was asked for, and does not apply", Forbidden, ConvolutionAlgorithm.Winograd6);

    [Test]
    public void An_algorithm_that_is_none_is_refused_by_its_number() => Assert.That(
        () => AlgorithmSelector.IsAllowed(ConvolutionAlgorithm.Direct, (ConvolutionAlgorithm)77), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("77"));

    [Test]
    public void A_convolution_is_measured_in_every_algorithm_that_comes_close_and_runs_as_chosen()
    {
        using var folder = new CacheFolderOfTest();
        var asked = new List<string[]>();
        TuningCache options = folder.Tuning(plans =>
        {
            asked.Add([.. plans.Select(plan => plan.AlgorithmName)]);
            return [.. plans.Select((_, i) => i == 0 ? 1.0 : 2.0)];
        });
        NativePlan plan = Plan(Convolution, options, out string? reason);
        Assert.That(asked, Has.Count.EqualTo(1));
        Assert.That(asked[0], Has.Length.GreaterThan(1));
        Assert.That(plan.AlgorithmName, Is.EqualTo(asked[0][0]), "the one that was measured to be fastest");
        Assert.That(reason, Does.StartWith("of direct 1.00, winograd-4 ").And.Contain(": by measurement ("));
    }

    [Test]
    public void The_batch_size_and_the_layer_are_measured_apart_and_nothing_else_is()
    {
        using var folder = new CacheFolderOfTest();
        int measurements = 0;
        TuningCache options = folder.Tuning(plans =>
        {
            measurements++;
            return [.. plans.Select((_, i) => 1.0 + i)];
        });
        Plan(Convolution, options, out _);
        Plan(Convolution with { Name = "another name" }, options, out _);
        Assert.That(measurements, Is.EqualTo(1), "a name is no difference");
        Plan(Convolution with { Batch = 7 }, options, out _);
        Assert.That(measurements, Is.EqualTo(2));
        Plan(Convolution with { Inputs = [Shape.Image(16, 26, 25)] }, options, out _);
        Assert.That(measurements, Is.EqualTo(3));
        Assert.That(JsonNode.Parse(File.ReadAllText(folder.File))!.AsObject(), Has.Count.EqualTo(3), "each is kept by itself");
    }

    [Test]
    public void What_is_asked_for_is_never_measured(
        [Values(ConvolutionAlgorithm.Direct, ConvolutionAlgorithm.Winograd, ConvolutionAlgorithm.Winograd4, ConvolutionAlgorithm.Winograd6)]
        ConvolutionAlgorithm algorithm)
    {
        using var folder = new CacheFolderOfTest();
        var options = new NativeOptions(InstructionSet.Auto) { Convolution = algorithm, Tuning = folder.Tuning(Forbidden) };
        NativePlan plan = NativeRegions.PlanOne(Convolution, options, out string? reason);
        Assert.That(plan.Algorithm, Is.EqualTo(algorithm == ConvolutionAlgorithm.Direct ? NativeAlgorithm.Direct : NativeAlgorithm.Winograd));
        Assert.That(reason, algorithm == ConvolutionAlgorithm.Winograd ? Does.StartWith("of winograd-4 1.00, winograd-6 ") : Is.EqualTo("asked for"));
    }

    [Test]
    public void A_filter_a_channel_is_computed_channel_by_channel(
        [Values(ConvolutionAlgorithm.Auto, ConvolutionAlgorithm.Direct)] ConvolutionAlgorithm asked,
        [Values(1, 3, 5)] int kernel,
        [Values(InstructionSet.Auto, InstructionSet.Scalar)] InstructionSet isa)
    {
        using var folder = new CacheFolderOfTest();
        var options = new NativeOptions(isa) { Convolution = asked, Tuning = folder.Tuning(Forbidden) };
        OperatorCase depthwise = Convolution with { Layer = new Convolution2D(16, kernel, 1, kernel / 2, 1, 16, true) };
        NativePlan plan = NativeRegions.PlanOne(depthwise, options, out string? reason);
        Assert.That(plan.AlgorithmName, Is.EqualTo("depthwise"), reason);
        Assert.That(reason, Does.StartWith("of direct 1.00, depthwise ").And.EndWith(": by cost"));
    }

    [Test]
    public void Several_filters_a_channel_are_not() => Assert.That(
        NativeRegions.PlanOne(
            Convolution with { Layer = new Convolution2D(32, 3, 1, 1, 1, 16, true) }, new NativeOptions(InstructionSet.Auto) { Convolution = ConvolutionAlgorithm.Direct }, out _)
            .Algorithm,
        Is.EqualTo(NativeAlgorithm.Direct));

    [Test]
    public void Every_algorithm_of_every_instruction_set_can_be_timed([Values(1, 8)] int batch)
    {
        foreach (InstructionSet isa in Enum.GetValues<InstructionSet>().Where(NativeLibraryState.Supports))
        {
            NativePlan[] plans =
            [
                .. new[] { ConvolutionAlgorithm.Direct, ConvolutionAlgorithm.Winograd4, ConvolutionAlgorithm.Winograd6, ConvolutionAlgorithm.Winograd8 }
                    .Select(algorithm => NativeRegions.PlanOne(Convolution with { Batch = batch }, new NativeOptions(isa) { Convolution = algorithm }, out _)),
            ];
            Assert.That(AlgorithmTimer.Measure(plans), Has.Length.EqualTo(4).And.All.GreaterThan(0).And.All.LessThan(1e5), $"{isa}");
        }
    }

    [TestCaseSource(typeof(ActivationCases), nameof(ActivationCases.Functions))]
    public void Every_activation_is_measured(Activation activation)
    {
        OperatorCase small = Convolution with { Activation = activation, Batch = 2, Inputs = [Shape.Image(16, 8, 8)] };
        NativePlan[] plans =
        [
            .. new[] { ConvolutionAlgorithm.Direct, ConvolutionAlgorithm.Winograd4 }
                .Select(algorithm => NativeRegions.PlanOne(small, new NativeOptions(InstructionSet.Auto) { Convolution = algorithm }, out _)),
        ];
        Assert.That(AlgorithmTimer.Measure(plans), Has.Length.EqualTo(2).And.All.GreaterThan(0));
    }

    [Test]
    public void Steps_that_are_no_convolutions_have_no_choice()
    {
        foreach (OperatorCase each in EdgeCases.All.Where(each => each.Layer is not Convolution2D))
        {
            Assert.That(NativeRegions.Plan(each, new NativeOptions(InstructionSet.Auto)).Single().Choice, Is.Null, each.Name);
        }
    }

    private static void AssertChosen(
        double?[] costs, string name, string reason, CandidateTimer<string>? measure, ConvolutionAlgorithm asked = ConvolutionAlgorithm.Auto)
    {
        ConvolutionAlgorithm[] kinds = [ConvolutionAlgorithm.Direct, ConvolutionAlgorithm.Winograd4, ConvolutionAlgorithm.Winograd6, ConvolutionAlgorithm.Winograd8];
        Selection<string> chosen = AlgorithmSelector.Select(
            [.. kinds.Select((kind, i) => new FakeAlgorithm(kind, costs[i]))], "a layer", asked, measure);
        Assert.That((chosen.Name, chosen.Plan, chosen.Reason), Is.EqualTo((name, $"plan of {name}", reason)));
    }

    private static NativePlan Plan(OperatorCase each, TuningCache tuning, out string? reason) =>
        NativeRegions.PlanOne(each, new NativeOptions(InstructionSet.Auto) { Tuning = tuning }, out reason);

    private static double[] Forbidden(IReadOnlyList<NativePlan> plans)
    {
        Assert.Fail("nothing is to be measured");
        return [];
    }

    private static IReadOnlyDictionary<string, double> Forbidden(ImmutableArray<Candidate<string>> candidates)
    {
        Assert.Fail("nothing is to be measured");
        return new Dictionary<string, double>();
    }

    /// <summary>An algorithm of a given cost; null: it cannot compute the layer.</summary>
    private sealed class FakeAlgorithm(ConvolutionAlgorithm kind, double? cost) : IConvolutionAlgorithm<string, string>
    {
        public string Name => kind == ConvolutionAlgorithm.Direct ? "direct" : $"winograd-{(int)kind}";

        public ConvolutionAlgorithm Kind => kind;

        public double ErrorBound => 0;

        public Candidate<string>? Plan(string layer) => cost is { } found ? new Candidate<string>(Name, kind, found, $"plan of {Name}") : null;
    }
}
