using System.Diagnostics;
using Convoy.Memory;

namespace Convoy.Backends.Native;

/// <summary>
/// Times plans of one layer against each other, on one thread: in turns, so that what else the machine does meets all of
/// them, and the least time of each counts. Weights come from memory, as in a network, where those of other layers were read
/// since. They are zeros and inputs halves: the kernels take as long for any normal number.
/// </summary>
internal static class AlgorithmTimer
{
    private const int Turns = 4;

    // Multiply-adds of one timing: a few images, 10 to 20 ms on a core with wide vectors.
    private const double MostWork = 5e8;

    // Twice the last-level cache of a part of the processor; one that is larger still keeps little.
    private const int BytesBetween = 64 << 20;

    /// <summary>Milliseconds each of the plans takes for the same few images of its batch.</summary>
    public static double[] Measure(IReadOnlyList<NativePlan> plans)
    {
        NativePlan first = plans[0];
        int images = (int)Math.Clamp(first.Batch * MostWork / plans.Max(plan => plan.Cost), 1, first.Batch);

        // A pool of its own that keeps nothing: what the session needs next is of other sizes.
        using var pool = new NativeMemoryPool(maxPooledBytes: 0);
        using var team = new ThreadTeam(1);
        using PooledBuffer<float> input = Rent(pool, first.InputImageBytes * (ulong)images, 0.5f);
        using PooledBuffer<float> output = Rent(pool, first.OutputImageBytes * (ulong)images, 0);
        using PooledBuffer<byte> between = pool.Rent<byte>(BytesBetween);
        between.Span.Fill(1);
        var contenders = new List<Contender>();
        try
        {
            foreach (NativePlan plan in plans)
            {
                contenders.Add(new Contender(plan, images, pool, input, output));
            }

            contenders.ForEach(each => each.Run(team));
            double[] least = [.. plans.Select(_ => double.PositiveInfinity)];
            for (int turn = 0; turn < Turns; turn++)
            {
                for (int i = 0; i < least.Length; i++)
                {
                    _ = between.Span.IndexOf((byte)0); // reads all of it
                    long begin = Stopwatch.GetTimestamp();
                    contenders[i].Run(team);
                    least[i] = Math.Min(least[i], Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
                }
            }

            return least;
        }
        finally
        {
            contenders.ForEach(each => each.Dispose());
        }
    }

    /// <summary>Memory written to, for pages never written all read the same few bytes of zeros.</summary>
    private static PooledBuffer<float> Rent(NativeMemoryPool pool, ulong bytes, float value)
    {
        PooledBuffer<float> buffer = pool.Rent<float>((long)(bytes + sizeof(float) - 1) / sizeof(float));
        buffer.Span.Fill(value);
        return buffer;
    }

    private static BufferArgument Argument(PooledBuffer<float> buffer) => new(buffer.Address, (ulong)buffer.Length * sizeof(float));

    /// <summary>A plan with the memory it runs in.</summary>
    private sealed class Contender : IRangeJob, IDisposable
    {
        private readonly List<PooledBuffer<float>> _rented = [];
        private readonly NativePlan _plan;
        private readonly RunArguments _arguments;
        private int _phase;

        public Contender(in NativePlan plan, int images, NativeMemoryPool pool, PooledBuffer<float> input, PooledBuffer<float> output)
        {
            _plan = plan;
            try
            {
                _arguments = new RunArguments
                {
                    Images = images,
                    Input = Argument(input),
                    Output = Argument(output),
                    Packed = Own(pool, plan.PackedBytes),
                    Slopes = Own(pool, plan.SlopeCount * sizeof(float)),
                    Scratch = Own(pool, plan.ScratchBytes),
                    Workspace = Own(pool, plan.WorkspaceBytes),
                };
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        public void Run(ThreadTeam team)
        {
            for (_phase = 0; _phase < _plan.Phases; _phase++)
            {
                NativeMethods.GetWorkItems(_plan, _arguments.Images, _phase, out long items).ThrowIfFailed("divide the work of", "a measurement");
                team.Run(this, items, default);
            }
        }

        public void Execute(int thread, long first, long end) =>
            NativeMethods.Run(_plan, _arguments, _phase, first, end).ThrowIfFailed("run", "a measurement");

        public void Dispose() => _rented.ForEach(each => each.Dispose());

        private BufferArgument Own(NativeMemoryPool pool, ulong bytes)
        {
            if (bytes == 0)
            {
                return default;
            }

            PooledBuffer<float> buffer = pool.Rent<float>((long)(bytes + sizeof(float) - 1) / sizeof(float));
            _rented.Add(buffer);
            HugePages.Ask(buffer.Address, (long)bytes);
            buffer.Span.Clear();
            return Argument(_rented[^1]);
        }
    }
}
