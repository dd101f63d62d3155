using Convoy.Backends.Native;
using Convoy.Models;

namespace Convoy.Tests.Backends;

/// <summary>
/// The number of threads decides which convolutions pool too, so that none idles; the algorithms, the micro-batches they are
/// planned for, and so the bits, do not depend on it.
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
        var choices = new NativeChoices(isa) { Tuning = folder.Tuning(plans => [.. plans.Select((_, i) => 1.0 + i)]) };
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
                .Select(step => $"{step.Name}: {step.Algorithm}, {step.Choice}")];
            expectedSteps ??= steps;
            Assert.That(steps, Has.Length.EqualTo(5).And.EqualTo(expectedSteps), $"{threads} threads");
            float[] scores = new float[Batch * (int)Model.Output.Shape.Count];
            session.Run(images, scores);
            expected ??= scores;
            Assert.That(scores.AsSpan().SequenceEqual(expected), $"{threads} threads");
        }
    }

    /// <summary>Every convolution with its algorithm, and the micro-batch it is planned for, which is in whole units of images as the library's own are.</summary>
    private static string[] PlanAll(NativeChoices choices, int batch)
    {
        using var backend = new NativeBackend(choices.Threads, choices);
        NativeRegion[] regions = [.. backend.Partition(StepGraph.Create(Model), batch).Cast<NativeRegion>().Where(region => region.Steps[0].Layer is Convolution2D)];
        Assert.That(regions.Select(region => region.MicroBatch), Is.All.Matches<int>(images => images == batch || images % 4 == 0));
        return [.. regions.Select(region => $"{region.Steps[0].Name}, batch {region.Plans[0].Batch}: {region.Plans[0].AlgorithmName}, {region.Choice}")];
    }
}
