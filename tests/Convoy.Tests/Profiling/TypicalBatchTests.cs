using Convoy.Profiling;

namespace Convoy.Tests.Profiling;

public sealed class TypicalBatchTests
{
    [Test]
    public void The_batch_nearest_to_the_medians_of_its_layers_is_reported()
    {
        PhaseRecorder[] batches = [Batch(13, 28), Batch(16, 20), Batch(10, 90), Batch(11, 27), Batch(9, 22)];
        Assert.That(TypicalBatch.Find(batches, steps: 2), Is.SameAs(batches[3]), "the medians are 11, 27 and 38");
    }

    [Test]
    public void A_gap_counts_as_a_layer_does()
    {
        PhaseRecorder[] batches = [Batch(10, 20), Batch(10, 20), Batch(10, 20)];
        batches[0].WallMilliseconds += 50;
        batches[1].WallMilliseconds += 5;
        batches[2].WallMilliseconds += 4;
        Assert.That(TypicalBatch.Find(batches, steps: 2), Is.SameAs(batches[1]));
    }

    private static PhaseRecorder Batch(int first, int second)
    {
        const long Millisecond = 1_000_000;
        var batch = new PhaseRecorder { WallMilliseconds = first + second };
        batch.OnPhase(new PhaseSpan(0, Phase.Compute, null, 0, first * Millisecond), []);
        batch.OnPhase(new PhaseSpan(1, Phase.Compute, null, first * Millisecond, (first + second) * Millisecond), []);
        return batch;
    }
}
