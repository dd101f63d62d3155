using Convoy.Backends.Native;

namespace Convoy.Tests.Backends;

/// <summary>
/// The processor's counters, thread by thread. Where the processor shows none, as in most virtual machines, the kernel's own
/// events stand for them: the nanoseconds that a thread ran, and its page faults.
/// </summary>
public sealed class ThreadCountersTests
{
    private const uint Software = 1;
    private static readonly CountedEvent Missing = new(Software, 999);
    private static readonly CountedEvents KernelEvents = new(Cycles: new(Software, 1), Instructions: new(Software, 2), CacheMisses: Missing);

    [TestCase(1)]
    [TestCase(2)]
    public void Events_of_all_threads_of_a_job_are_counted_and_what_cannot_be_is_null(int threads)
    {
        RequireKernelEvents();
        using var team = new ThreadTeam(threads);
        var record = new WorkRecord { Events = KernelEvents };
        using var job = new Together(threads);
        team.Run(job, threads, default, record);
        Assert.That(record.Counts, Is.Not.Null);
        EventCounts counts = record.Counts!.Value;
        Assert.That(job.Nanoseconds, Is.Positive);
        Assert.That(counts.Cycles, Is.GreaterThan(job.Nanoseconds), "each thread's are more than those in its item");
        Assert.That(counts.Instructions, Is.GreaterThanOrEqualTo(0));
        Assert.That(counts.CacheMisses, Is.Null);
    }

    [Test]
    public void Each_job_is_counted_anew_whoever_calls()
    {
        RequireKernelEvents();
        using var team = new ThreadTeam(1);
        var record = new WorkRecord { Events = KernelEvents };
        using var job = new Together(1);
        long before = 0;
        for (int i = 0; i < 3; i++)
        {
            var caller = new Thread(() => team.Run(job, 1, default, record));
            caller.Start();
            caller.Join();
            Assert.That(record.Counts?.Cycles, Is.GreaterThan(job.Nanoseconds - before));
            before = job.Nanoseconds;
        }
    }

    [Test]
    public void Nothing_is_counted_that_nobody_asked_for()
    {
        using var team = new ThreadTeam(2);
        var record = new WorkRecord();
        using var job = new Together(2);
        team.Run(job, 2, default, record);
        Assert.That(record.Counts, Is.Null);
    }

    [Test]
    public void Events_that_are_not_to_be_had_are_refused_in_a_sentence()
    {
        RequireKernelEvents();
        Assert.That(ThreadCounters.FindRefusal(KernelEvents), Is.Null);
        Assert.That(ThreadCounters.FindRefusal(new CountedEvents(Missing, Missing, Missing)), Is.Not.Null.And.Not.Empty);
        using var team = new ThreadTeam(1);
        var record = new WorkRecord { Events = new CountedEvents(Missing, Missing, Missing) };
        using var job = new Together(1);
        team.Run(job, 1, default, record);
        Assert.That(record.Counts, Is.Null);
    }

    [TestCase(1, "perf_event_paranoid")]
    [TestCase(13, "perf_event_paranoid")]
    [TestCase(2, "virtual machines")]
    [TestCase(95, "virtual machines")]
    [TestCase(38, "only Linux")]
    [TestCase(24, "the system refuses (")]
    public void Each_refusal_says_why_and_what_to_do(int error, string sentence) =>
        Assert.That(ThreadCounters.Describe(error), Does.Contain(sentence));

    private static void RequireKernelEvents()
    {
        if (ThreadCounters.FindRefusal(KernelEvents) is { } refusal)
        {
            Assert.Ignore($"Skipped: not even the kernel's own events are counted here: {refusal}.");
        }
    }

    /// <summary>An item a thread, each of which waits for the others and then works for a while, counting for itself.</summary>
    private sealed class Together(int threads) : IRangeJob, IDisposable
    {
        private const int Rounds = 100_000;
        private readonly Barrier _barrier = new(threads);
        private long _nanoseconds;

        /// <summary>What the threads ran in it so far.</summary>
        public long Nanoseconds => Volatile.Read(ref _nanoseconds);

        public void Execute(int thread, long first, long end)
        {
            _barrier.SignalAndWait();
            using var counters = ThreadCounters.Open(KernelEvents);
            EventCounts before = counters.Read();
            double sum = 0;
            for (int i = 0; i < Rounds; i++)
            {
                sum += Math.Sqrt(i);
            }

            GC.KeepAlive(sum);
            Interlocked.Add(ref _nanoseconds, (counters.Read() - before).Cycles ?? 0);
        }

        public void Dispose() => _barrier.Dispose();
    }
}
