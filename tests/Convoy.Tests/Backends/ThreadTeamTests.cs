using System.Collections.Concurrent;
using Convoy.Backends.Native;

namespace Convoy.Tests.Backends;

public sealed class ThreadTeamTests
{
    [Test]
    public void Every_item_is_done_exactly_once([Values(1, 2, 5)] int threads, [Values(0, 1, 2, 7, 64, 1001)] int items)
    {
        using var team = new ThreadTeam(threads);
        for (int round = 0; round < 20; round++)
        {
            var job = new CountingJob(items);
            team.Run(job, items, default);
            Assert.That(job.Counts, Is.All.EqualTo(1));
            Assert.That(job.HighestThread, Is.LessThan(threads));
        }
    }

    [Test]
    public void Of_each_threads_share_large_chunks_are_claimed_first_and_single_items_last(
        [Values(2, 5)] int threads, [Values(1, 2, 7, 64, 1001)] int items)
    {
        using var team = new ThreadTeam(threads);
        for (int round = 0; round < 20; round++)
        {
            var left = new Queue<long>(RecordChunks(team, items));
            long first = 0;
            for (int thread = 1; thread <= threads; thread++)
            {
                long end = items * thread / threads;
                var sizes = new List<long>();
                for (long share = first; first < end; first += sizes[^1])
                {
                    sizes.Add(left.Dequeue());
                    Assert.That(sizes[^1], Is.EqualTo(Math.Clamp((end - first) / 2, 1, 64)), $"of {share} to {end}");
                }

                Assert.That(first, Is.EqualTo(end), "no chunk reaches into the next share");
                Assert.That(sizes, Is.Ordered.Descending);
            }

            Assert.That(left, Is.Empty);
        }
    }

    [TestCase(7, 7)]
    [TestCase(8, 8)]
    [TestCase(100, 9)]
    [TestCase(512, 8)]
    [TestCase(1001, 16)]
    public void A_single_thread_takes_few_chunks_of_one_size(int items, int chunks)
    {
        using var team = new ThreadTeam(1);
        long[] sizes = RecordChunks(team, items);
        Assert.That(sizes, Has.Length.EqualTo(chunks));
        Assert.That(sizes[..^1], Is.All.EqualTo(sizes[0]).And.All.LessThanOrEqualTo(64));
    }

    [Test]
    public void Jobs_that_follow_a_pause_find_sleeping_threads_and_are_done()
    {
        using var team = new ThreadTeam(3);
        for (int round = 0; round < 5; round++)
        {
            var job = new CountingJob(100);
            team.Run(job, 100, default);
            Assert.That(job.Counts, Is.All.EqualTo(1));
            Thread.Sleep(5);
        }
    }

    [Test]
    public void Neither_a_caller_nor_a_worker_that_falls_asleep_allocates()
    {
        using var team = new ThreadTeam(2);
        var job = new SleepyJob();
        for (int round = 0; round < SleepyJob.Rounds; round++)
        {
            job.Prepare();
            team.Run(job, 2, default);
        }

        Assert.That(job.WorkersBytes, Has.Count.EqualTo(SleepyJob.Rounds));
        Assert.That(job.WorkersBytes[2..], Is.All.EqualTo(job.WorkersBytes[2]), "the worker, since it slept first");
        Assert.That(job.CallersBytes[2..], Is.All.EqualTo(job.CallersBytes[2]), "the caller");
    }

    [Test]
    public void A_caller_that_is_done_awaits_the_others_however_long_they_take()
    {
        using var team = new ThreadTeam(2);
        for (int round = 0; round < 5; round++)
        {
            using var job = new LopsidedJob();
            team.Run(job, 2, default);
            Assert.That(job.SlowItemIsDone);
        }
    }

    [Test]
    public void An_exception_reaches_the_caller_and_the_team_goes_on([Values(1, 3)] int threads)
    {
        using var team = new ThreadTeam(threads);
        var failing = new FailingJob();
        Assert.That(() => team.Run(failing, 50, default), Throws.InvalidOperationException.With.Message.EqualTo("item 25"));
        var job = new CountingJob(50);
        team.Run(job, 50, default);
        Assert.That(job.Counts, Is.All.EqualTo(1));
    }

    [Test]
    public void A_stop_leaves_items_undone([Values(1, 3)] int threads)
    {
        using var team = new ThreadTeam(threads);
        using var source = new CancellationTokenSource();
        var job = new StoppingJob(source);
        team.Run(job, 10_000, new StopSignal(source.Token, default));
        Assert.That(job.Done, Is.LessThan(10_000).And.GreaterThan(0));
    }

    [Test]
    public void A_disposed_team_refuses_work()
    {
        var team = new ThreadTeam(2);
        team.Dispose();
        Assert.That(() => team.Run(new CountingJob(4), 4, default), Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public void By_default_a_team_is_as_large_as_the_process_may_use()
    {
        using var team = new ThreadTeam(0);
        Assert.That(team.Size, Is.EqualTo(Environment.ProcessorCount));
    }

    /// <summary>The sizes of a job's chunks in the order of their first items, all of which are done once.</summary>
    private static long[] RecordChunks(ThreadTeam team, int items)
    {
        var job = new RecordingJob();
        team.Run(job, items, default);
        (long First, long End)[] chunks = [.. job.Chunks.Order()];
        long[] begins = [.. chunks.Select(chunk => chunk.First), items];
        Assert.That(begins, Is.EqualTo([0, .. chunks.Select(chunk => chunk.End)]), "every chunk begins where another ends");
        return [.. chunks.Select(chunk => chunk.End - chunk.First)];
    }

    private sealed class RecordingJob : IRangeJob
    {
        public ConcurrentBag<(long First, long End)> Chunks { get; } = [];

        public void Execute(int thread, long first, long end) => Chunks.Add((first, end));
    }

    private sealed class CountingJob(int items) : IRangeJob
    {
        private int _highestThread;

        public int[] Counts { get; } = new int[items];

        public int HighestThread => _highestThread;

        public void Execute(int thread, long first, long end)
        {
            InterlockedMax(ref _highestThread, thread);
            for (long i = first; i < end; i++)
            {
                Interlocked.Increment(ref Counts[i]);
            }
        }

        private static void InterlockedMax(ref int target, int value)
        {
            int seen = target;
            while (value > seen)
            {
                int before = Interlocked.CompareExchange(ref target, value, seen);
                if (before == seen)
                {
                    return;
                }

                seen = before;
            }
        }
    }

    /// <summary>Two items: the caller's ends as soon as the worker's, which is slow, has begun.</summary>
    private sealed class LopsidedJob : IRangeJob, IDisposable
    {
        private readonly ManualResetEventSlim _slowItemHasBegun = new();

        public bool SlowItemIsDone { get; private set; }

        public void Execute(int thread, long first, long end)
        {
            if (thread == 0)
            {
                Assert.That(_slowItemHasBegun.Wait(TimeSpan.FromSeconds(60)));
                return;
            }

            _slowItemHasBegun.Set();
            Thread.Sleep(20);
            SlowItemIsDone = true;
        }

        public void Dispose() => _slowItemHasBegun.Dispose();
    }

    /// <summary>
    /// Two items: the worker has gone to sleep before they are there, and ends its own only once the caller sleeps. Notes what
    /// each thread has allocated since it was started.
    /// </summary>
    private sealed class SleepyJob : IRangeJob
    {
        public const int Rounds = 20;

        // Ten times as long as a thread waits awake, where it seems asleep now and then already.
        private const int Milliseconds = 5;

        private readonly Thread _caller = Thread.CurrentThread;
        private Thread? _worker;
        private bool _workerHasBegun;
        private bool _callerIsDone;

        public List<long> CallersBytes { get; } = new(Rounds);

        public List<long> WorkersBytes { get; } = new(Rounds);

        /// <summary>Waits until the worker sleeps.</summary>
        public void Prepare()
        {
            Thread.Sleep(Milliseconds);
            while (_worker is not null && !IsAsleep(_worker))
            {
                Thread.Yield();
            }

            _workerHasBegun = false;
            _callerIsDone = false;
            CallersBytes.Add(GC.GetAllocatedBytesForCurrentThread());
        }

        public void Execute(int thread, long first, long end)
        {
            if (thread == 0)
            {
                while (!Volatile.Read(ref _workerHasBegun))
                {
                    Thread.Yield();
                }

                Volatile.Write(ref _callerIsDone, true);
                return;
            }

            WorkersBytes.Add(GC.GetAllocatedBytesForCurrentThread());
            _worker = Thread.CurrentThread;
            Volatile.Write(ref _workerHasBegun, true);
            while (!Volatile.Read(ref _callerIsDone))
            {
                Thread.Yield();
            }

            Thread.Sleep(Milliseconds);
            while (!IsAsleep(_caller))
            {
                Thread.Yield();
            }
        }

        private static bool IsAsleep(Thread thread) => (thread.ThreadState & ThreadState.WaitSleepJoin) != 0;
    }

    private sealed class FailingJob : IRangeJob
    {
        public void Execute(int thread, long first, long end)
        {
            if (first <= 25 && end > 25)
            {
                throw new InvalidOperationException("item 25");
            }
        }
    }

    private sealed class StoppingJob(CancellationTokenSource source) : IRangeJob
    {
        private long _done;

        public long Done => _done;

        public void Execute(int thread, long first, long end)
        {
            Interlocked.Add(ref _done, end - first);
            source.Cancel();
        }
    }
}
