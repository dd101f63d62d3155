using Convoy.Backends.Native;
using Convoy.Models;

namespace Convoy.Tests.Backends;

/// <summary>
/// The number of threads decides which convolutions pool too, so that none idles; the algorithms, the groups they are planned
/// for, and so the bits, do not depend on it.
/// </summary>
public sealed class NativeThreadCountTests
{
    private const int Batch = 20;

    private static readonly Network Model = AlexNet.Create();

    private static IEnumerable<InstructionSet> InstructionSets =>
        Enum.GetValues<InstructionSet>().Where(each => each != InstructionSet.Auto && NativeLibraryState.Supports(each));

    [TestCaseSource(nameof(InstructionSets))]
    public void Convolutions_are_planned_alike_for_any_number_of_threads(InstructionSet isa)
    {
        using var folder = new CacheFolderOfTest();
        var choices = new NativeChoices(isa) { Measured = folder.Choices(plans => [.. plans.Select((_, i) => 1.0 + i)]) };
        foreach (int batch in new[] { 1, 5, Batch, 64 })
        {
            string[] expected = PlanAll(choices, batch);
            Assert.That(expected, Has.Length.EqualTo(5));
            foreach (int threads in new[] { 2, 5, 18 })
            {
                Assert.That(PlanAll(choices with { Threads = threads }, batch), Is.EqualTo(expected), $"batch {batch}, {threads} threads");
            }
        }
    }

    [Test]
    public void Groups_are_as_large_whether_convolutions_pool_or_not([Values(20, 64, 200)] int batch)
    {
        // Where pooling hardly makes a map smaller, it is the step that reads and writes the most.
        Network dense = new NetworkBuilder("dense", Shape.Image(3, 48, 48))
            .Convolution("conv1", 16, kernel: 3, padding: 1)
            .MaxPool("pool1", 3, stride: 1)
            .FullyConnected("fc2", 10)
            .Build();
        using var backend = new NativeBackend(1, new NativeChoices(InstructionSet.Auto));
        foreach (Network network in new[] { Model, dense })
        {
            int[] sizes = [.. new[] { false, true }.Select(pools =>
                StepParts.Create(StepGraph.Create(network, (_, _) => pools), backend, batch, allowChains: false).GroupSize)];
            Assert.That(sizes[1], Is.EqualTo(sizes[0]), network.Name);
            Assert.That(sizes[0] % 4, Is.Zero, $"{network.Name}: whole units of images, as the library's rounds");
        }
    }

    [Test]
    public void Scores_and_algorithms_are_the_same_on_any_number_of_threads()
    {
        using WeightSet weights = WeightSet.Random(Model, 7);
        float[] images = TestData.Reals(Batch * (int)Model.Input.Shape.Count, 3);
        string[]? expectedSteps = null;
        float[]? expected = null;
        foreach (int threads in new[] { 1, 2, 5, 18 })
        {
            using InferenceSession session = Model.Compile(Device.Native, weights, new SessionOptions { BatchSize = Batch, Threads = threads });
            string[] steps = [.. session.Steps.Where(step => step.Choice is not null)
                .Select(step => $"{step.Name}: {step.Algorithm.Replace(", pool apart", "", StringComparison.Ordinal)}, {step.Choice}")];
            expectedSteps ??= steps;
            Assert.That(steps, Has.Length.EqualTo(5).And.EqualTo(expectedSteps), $"{threads} threads");
            float[] scores = new float[Batch * (int)Model.Output.Shape.Count];
            session.Run(images, scores);
            expected ??= scores;
            Assert.That(scores.AsSpan().SequenceEqual(expected), $"{threads} threads");
        }
    }

    /// <summary>Every convolution with its algorithm, and the batch it is planned for, as a session would plan it.</summary>
    private static string[] PlanAll(NativeChoices choices, int batch)
    {
        using var backend = new NativeBackend(choices.Threads, choices);
        StepGraph graph = StepGraph.Create(Model, (step, pool) => backend.TakesPool(step, pool, batch));
        var parts = StepParts.Create(graph, backend, batch, allowChains: true);
        return [.. parts.Parts.Index()
            .Where(part => part.Item[0].Layer is Convolution2D)
            .Select(part => Plan(part.Item[0], parts.BatchOf(part.Index, batch), choices))];
    }

    private static string Plan(FusedStep step, int batch, NativeChoices choices)
    {
        NativePlan plan = NativePlanning.Plan(step, batch, choices, out string? choice)[0];
        return $"{step.Name}, batch {plan.Batch}: {plan.AlgorithmName}, {choice}";
    }
}
