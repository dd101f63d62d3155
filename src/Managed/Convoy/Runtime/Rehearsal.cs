using Convoy.Backends;

namespace Convoy.Runtime;

/// <summary>
/// Runs a session that is ready over made-up images as its callers will, regions one behind the other and as many batches in
/// flight as may be, and holds the scores against those of a run in which every command was waited for: the same, to the bit.
/// </summary>
internal sealed class Rehearsal
{
    // Of a network that takes long, few images, and of one with large maps: some tens of milliseconds, some tens of megabytes.
    private const double Operations = 4e9;
    private const long MostNumbers = 1 << 22;
    private const int MostImages = 8;
    private const int LeastBatches = 4;
    private const int MostBatches = 12;

    // Batches that differ, so that one which takes the other's numbers shows.
    private const int Kinds = 2;
    private const double Amplitude = 2;
    private const double GoldenRatio = 1.6180339887498949;

    private readonly InferenceSession _session;
    private readonly int _images;
    private readonly int _batches;
    private readonly float[][] _inputs;
    private double _error;
    private double _largest;
    private bool _differs;

    private Rehearsal(InferenceSession session)
    {
        _session = session;
        double work = Math.Max(1, session.Schedule.Regions.SelectMany(region => region.Steps).Sum(step => (double)step.MultiplyAdds + step.OutputShape.Count));
        long numbers = session.InputShape.Count + session.Network.Outputs.Sum(output => output.Shape.Count);
        _images = (int)Math.Clamp(Math.Min(Operations / MostBatches / work, MostNumbers / numbers), 1, Math.Min(session.BatchSize, MostImages));
        _batches = (int)Math.Clamp(Operations / _images / work, LeastBatches, MostBatches);
        _inputs = [.. Enumerable.Range(0, Kinds).Select(kind => Draw(kind + 1))];
    }

    /// <summary>Runs it.</summary>
    public static RehearsalOutcome Run(InferenceSession session)
    {
        var rehearsal = new Rehearsal(session);
        float[][][] expected = [.. Enumerable.Range(0, Kinds).Select(_ => rehearsal.Allocate())];
        rehearsal.Run(expected, Kinds, new Waiting(), _ => { });
        float[][][] found = [.. Enumerable.Range(0, Math.Max(session.BatchesInFlight, Kinds)).Select(_ => rehearsal.Allocate())];
        rehearsal.Run(found, rehearsal._batches, null, batch =>
        {
            foreach ((float[] one, float[] other) in expected[batch % Kinds].Zip(found[batch % found.Length]))
            {
                rehearsal.Compare(one, other);
            }
        });
        return new(
            !rehearsal._differs ? null : rehearsal._largest > 0 ? rehearsal._error / rehearsal._largest : rehearsal._error,
            IsTelling: expected[0].Zip(expected[1]).Any(pair => !pair.First.AsSpan().SequenceEqual(pair.Second)));
    }

    /// <summary>Runs batches, which take the kinds of images in turns, and the places for their scores.</summary>
    private void Run(float[][][] scores, int batches, IPhaseListener? listener, Action<int> complete)
    {
        Memory<float>[][] memory = [.. scores.Select(place => Array.ConvertAll(place, output => output.AsMemory()))];
        using BatchStream stream = _session.OpenStream(listener, CancellationToken.None);
        for (int begun = 0, completed = 0; completed < batches;)
        {
            if (begun < batches && !stream.IsFull)
            {
                stream.Begin<float>(_inputs[begun % Kinds], new ScoreTargets(memory[begun % memory.Length], _images));
                begun++;
            }
            else
            {
                stream.Complete(new ScoreTargets(memory[completed % memory.Length], _images));
                complete(completed++);
            }
        }
    }

    private void Compare(float[] expected, float[] found)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            _largest = Math.Max(_largest, float.IsFinite(expected[i]) ? Math.Abs(expected[i]) : 0);
            if (!expected[i].Equals(found[i]))
            {
                double difference = Math.Abs((double)expected[i] - found[i]);
                _error = Math.Max(_error, double.IsFinite(difference) ? difference : double.PositiveInfinity);
                _differs = true;
            }
        }
    }

    /// <summary>Made-up images: multiples of an irrational number leave fractions that are spread evenly.</summary>
    private float[] Draw(int kind)
    {
        float[] images = Allocate(_session.InputShape);
        for (int i = 0; i < images.Length; i++)
        {
            images[i] = (float)(Amplitude * (((i * kind * GoldenRatio) % 2) - 1));
        }

        return images;
    }

    private float[][] Allocate() => [.. _session.Network.Outputs.Select(output => Allocate(output.Shape))];

    // Devices may work in it.
    private float[] Allocate(Shape shape) => GC.AllocateUninitializedArray<float>(checked((int)(shape.Count * _images)), pinned: true);

    /// <summary>Has every command waited for before the next.</summary>
    private sealed class Waiting : IPhaseListener
    {
        public bool TimesOnHost => true;

        public void OnPhase(in PhaseSpan span, ReadOnlySpan<ThreadSpan> threads)
        {
        }
    }
}
