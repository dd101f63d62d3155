using Convoy.Backends;

namespace Convoy.Runtime;

/// <summary>
/// Runs a session that is ready over made-up images as its callers will, regions one behind the other and as many batches in
/// flight as may be, and holds the scores against those of a run in which every command was waited for: the same, to the bit.
/// </summary>
internal static class Rehearsal
{
    // Of a network that takes long, few images: some tens of milliseconds.
    private const double Operations = 4e9;
    private const int MostImages = 8;
    private const int LeastBatches = 4;
    private const int MostBatches = 12;

    // Batches that differ, so that one which takes the other's numbers shows.
    private const int Kinds = 2;
    private const float Amplitude = 2;

    /// <summary>Runs it.</summary>
    public static RehearsalOutcome Run(InferenceSession session)
    {
        double work = Math.Max(1, session.Schedule.Regions.SelectMany(region => region.Steps).Sum(step => (double)step.MultiplyAdds + step.OutputShape.Count));
        int images = (int)Math.Clamp(Operations / MostBatches / work, 1, Math.Min(session.BatchSize, MostImages));
        int batches = (int)Math.Clamp(Operations / images / work, LeastBatches, MostBatches);
        var inputs = Pinned(Kinds * images * session.InputShape.Count);
        for (int i = 0; i < inputs.Length; i++)
        {
            // The fractional parts of multiples of the golden ratio spread evenly.
            inputs[i] = (float)(Amplitude * ((i * 1.6180339887498949 % 2) - 1));
        }

        float[][] expected = Run(session, inputs, images, Kinds, new Waiting());
        float[][] found = Run(session, inputs, images, batches, null);
        return Compare(expected, found, batches);
    }

    private static RehearsalOutcome Compare(float[][] expected, float[][] found, int batches)
    {
        (double error, double largest, bool isSame, bool isTelling) = (0, 0, true, false);
        for (int output = 0; output < expected.Length; output++)
        {
            int length = expected[output].Length / Kinds;
            isTelling |= !expected[output].AsSpan(0, length).SequenceEqual(expected[output].AsSpan(length));
            for (int batch = 0; batch < batches; batch++)
            {
                for (int i = 0; i < length; i++)
                {
                    (float one, float other) = (expected[output][(batch % Kinds * length) + i], found[output][(batch * length) + i]);
                    largest = Math.Max(largest, float.IsFinite(one) ? Math.Abs(one) : 0);
                    if (!one.Equals(other))
                    {
                        double difference = Math.Abs((double)one - other);
                        error = Math.Max(error, double.IsFinite(difference) ? difference : double.PositiveInfinity);
                        isSame = false;
                    }
                }
            }
        }

        return new(isSame ? null : largest > 0 ? error / largest : error, isTelling);
    }

    /// <summary>The outputs of batches, which take the kinds of images in turns.</summary>
    private static float[][] Run(InferenceSession session, float[] inputs, int images, int batches, IPhaseListener? listener)
    {
        float[][] outputs = [.. session.Network.Outputs.Select(output => Pinned(batches * images * output.Shape.Count))];
        Memory<float>[] memory = [.. outputs.Select(output => output.AsMemory())];
        int length = inputs.Length / Kinds;
        using BatchStream stream = session.OpenStream(listener, CancellationToken.None);
        for (int begun = 0, completed = 0; completed < batches;)
        {
            var all = new ScoreTargets(memory, batches * images);
            if (begun < batches && !stream.IsFull)
            {
                stream.Begin<float>(inputs.AsSpan(begun % Kinds * length, length), all.Slice(begun++ * images, images));
            }
            else
            {
                stream.Complete(all.Slice(completed++ * images, images));
            }
        }

        return outputs;
    }

    private static float[] Pinned(long length) => GC.AllocateUninitializedArray<float>(checked((int)length), pinned: true);

    /// <summary>Has every command waited for before the next.</summary>
    private sealed class Waiting : IPhaseListener
    {
        public bool TimesOnHost => true;

        public void OnPhase(in PhaseSpan span, ReadOnlySpan<ThreadSpan> threads)
        {
        }
    }
}
