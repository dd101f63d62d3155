using System.Text.Json.Nodes;
using Convoy.Backends.Native;
using Convoy.Tests.Cases;

namespace Convoy.Tests.Backends;

/// <summary>Which algorithm a convolution gets, and what it depends on.</summary>
public sealed class AlgorithmChoiceTests
{
    private static readonly NativePlan Direct = Candidate(NativeAlgorithm.Direct, 0, 100);
    private static readonly OperatorCase Convolution =
        new("conv", new Convolution2D(24, 3, 1, 1, 1, 1, true), [Shape.Image(16, 26, 26)], Activation.Relu, 8);

    [Test]
    public void The_least_cost_is_chosen_without_measuring_where_none_comes_close()
    {
        using var folder = new CacheFolderOfTest();
        NativePlan[] candidates = [Direct, Winograd(6, 41), Winograd(8, 30)];
        NativePlan chosen = AlgorithmChoice.Choose(candidates, "layer", folder.Choices(Forbidden), out string reason);
        Assert.That(chosen.Points, Is.EqualTo(8));
        Assert.That(reason, Is.EqualTo("of direct 1.00, winograd-6 0.41, winograd-8 0.30: by cost"));
    }

    [Test]
    public void Close_costs_are_measured_and_the_fastest_is_chosen()
    {
        using var folder = new CacheFolderOfTest();
        NativePlan[] candidates = [Direct, Winograd(4, 51), Winograd(6, 50), Winograd(8, 40)];
        MeasuredChoices choices = folder.Choices(plans =>
        {
            Assert.That(plans.Select(plan => plan.Points), Is.EqualTo(new[] { 6, 8 }), "only what is close");
            return [2, 3.14159];
        });
        NativePlan chosen = AlgorithmChoice.Choose(candidates, "layer", choices, out string reason);
        Assert.That(chosen.Points, Is.EqualTo(6));
        Assert.That(reason, Is.EqualTo(
            "of direct 1.00, winograd-4 0.51, winograd-6 0.50, winograd-8 0.40: by measurement (winograd-6 2 ms, winograd-8 3.14 ms)"));
    }

    [Test]
    public void Without_measurements_close_costs_are_taken_at_their_word()
    {
        NativePlan chosen = AlgorithmChoice.Choose([Winograd(6, 41), Winograd(8, 40)], "layer", null, out string reason);
        Assert.That(chosen.Points, Is.EqualTo(8));
        Assert.That(reason, Is.EqualTo("of winograd-6 1.00, winograd-8 0.98: by cost"));
    }

    [Test]
    public void A_single_candidate_needs_no_choice()
    {
        using var folder = new CacheFolderOfTest();
        NativePlan chosen = AlgorithmChoice.Choose([Direct], "layer", folder.Choices(Forbidden), out string reason);
        Assert.That(chosen.Algorithm, Is.EqualTo(NativeAlgorithm.Direct));
        Assert.That(reason, Is.EqualTo("no other than direct applies"));
    }

    [Test]
    public void A_convolution_is_measured_in_every_algorithm_that_comes_close_and_runs_as_chosen()
    {
        using var folder = new CacheFolderOfTest();
        var asked = new List<string[]>();
        MeasuredChoices choices = folder.Choices(plans =>
        {
            asked.Add([.. plans.Select(plan => plan.AlgorithmName)]);
            return [.. plans.Select((_, i) => i == 0 ? 1.0 : 2.0)];
        });
        NativePlan plan = Plan(Convolution, choices, out string? reason);
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
        MeasuredChoices choices = folder.Choices(plans =>
        {
            measurements++;
            return [.. plans.Select((_, i) => 1.0 + i)];
        });
        Plan(Convolution, choices, out _);
        Plan(Convolution with { Name = "another name" }, choices, out _);
        Assert.That(measurements, Is.EqualTo(1), "a name is no difference");
        Plan(Convolution with { Batch = 7 }, choices, out _);
        Assert.That(measurements, Is.EqualTo(2));
        Plan(Convolution with { Inputs = [Shape.Image(16, 26, 25)] }, choices, out _);
        Assert.That(measurements, Is.EqualTo(3));
        Assert.That(JsonNode.Parse(File.ReadAllText(folder.File))!.AsObject(), Has.Count.EqualTo(3), "each is kept by itself");
    }

    [Test]
    public void What_is_asked_for_is_never_measured(
        [Values(ConvolutionAlgorithm.Direct, ConvolutionAlgorithm.Winograd, ConvolutionAlgorithm.Winograd4, ConvolutionAlgorithm.Winograd6)]
        ConvolutionAlgorithm algorithm)
    {
        using var folder = new CacheFolderOfTest();
        var choices = new NativeChoices(InstructionSet.Auto) { Convolution = algorithm, Measured = folder.Choices(Forbidden) };
        NativePlan plan = NativePlanning.Plan(Convolution.ToStep(), Convolution.Batch, choices, out string? reason)[0];
        Assert.That(plan.Algorithm, Is.EqualTo(algorithm == ConvolutionAlgorithm.Direct ? NativeAlgorithm.Direct : NativeAlgorithm.Winograd));
        Assert.That(reason, algorithm == ConvolutionAlgorithm.Winograd ? Does.StartWith("of winograd-4 1.00, winograd-6 ") : Is.EqualTo("asked for"));
    }

    [Test]
    public void Every_algorithm_of_every_instruction_set_can_be_timed([Values(1, 8)] int batch)
    {
        foreach (InstructionSet isa in Enum.GetValues<InstructionSet>().Where(NativeLibraryState.Supports))
        {
            NativePlan[] plans =
            [
                .. new[] { ConvolutionAlgorithm.Direct, ConvolutionAlgorithm.Winograd4, ConvolutionAlgorithm.Winograd6, ConvolutionAlgorithm.Winograd8 }
                    .Select(algorithm => NativePlanning.Plan(Convolution.ToStep(), batch, new NativeChoices(isa) { Convolution = algorithm }, out _)[0]),
            ];
            Assert.That(AlgorithmTimer.Measure(plans), Has.Length.EqualTo(4).And.All.GreaterThan(0).And.All.LessThan(1e5), $"{isa}");
        }
    }

    [Test]
    public void Steps_that_are_no_convolutions_have_no_choice()
    {
        foreach (OperatorCase each in EdgeCases.All.Where(each => each.Layer is not Convolution2D))
        {
            NativePlanning.Plan(each.ToStep(), each.Batch, new NativeChoices(InstructionSet.Auto), out string? reason);
            Assert.That(reason, Is.Null, each.Name);
        }
    }

    private static NativePlan Plan(OperatorCase each, MeasuredChoices choices, out string? reason) =>
        NativePlanning.Plan(each.ToStep(), each.Batch, new NativeChoices(InstructionSet.Auto) { Measured = choices }, out reason)[0];

    private static double[] Forbidden(IReadOnlyList<NativePlan> plans)
    {
        Assert.Fail("nothing is to be measured");
        return [];
    }

    private static NativePlan Winograd(int points, double cost) => Candidate(NativeAlgorithm.Winograd, points, cost);

    private static NativePlan Candidate(NativeAlgorithm algorithm, int points, double cost) =>
        new() { Algorithm = algorithm, Points = points, Cost = cost, Isa = InstructionSet.Scalar };
}
