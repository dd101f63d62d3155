using System.Diagnostics;

namespace Convoy.Tests.Fuzzing;

/// <summary>
/// A loop of random cases, each made of a seed alone. A case fails by any exception, by taking minutes, or by allocating what its
/// size cannot account for. Those that ever failed lie in Kept, and are run every time.
/// </summary>
/// <typeparam name="TCase">A case.</typeparam>
[Category("Fuzz")]
public abstract class FuzzFixture<TCase> : FolderFixture, IFuzzLoop
{
    private const int MostKindsOfFailure = 10;

    // Cases take milliseconds: whatever else the machine does meanwhile, this one does not end.
    private static readonly TimeSpan Hang = TimeSpan.FromMinutes(3);

    private readonly Dictionary<string, string> _failures = [];
    private int _cases;
    private int _failed;
    private int _seed;
    private long _began;

    /// <inheritdoc/>
    public virtual double Weight => 1;

    private string Name => GetType().Name;

    private static string KeptFolder => Path.Combine(Repository.Root, "tests", "Convoy.Tests", "Fuzzing", "Kept");

    [Test]
    public void No_random_case_fails()
    {
        using var record = new FuzzRecord(Name);
        (_cases, _failed) = (0, 0);
        _failures.Clear();
        int first = FuzzSettings.Replay ?? FuzzSettings.Seed;
        var clock = Stopwatch.StartNew();
        bool ended = Await(() =>
        {
            Begin();
            try
            {
                for (_seed = first; IsWanted(clock.Elapsed); _seed++)
                {
                    RunRandom(record);
                }
            }
            finally
            {
                End();
            }
        });
        if (!ended)
        {
            _failed++;
            Note("hang", $"Case {_seed} does not end. {Advice(_seed)}");
        }

        record.End(first, _cases, _failed, clock.Elapsed.TotalSeconds);
        TestContext.Out.WriteLine($"{Name}: {_cases} cases from seed {first} on, {_failed} failed");
        Assert.That(_failed, Is.Zero, string.Join("\n\n", _failures.Values));
    }

    [Test]
    public void Every_case_that_ever_failed_holds()
    {
        string folder = Path.Combine(KeptFolder, Name);
        string[] files = Directory.Exists(folder) ? Directory.GetFiles(folder) : [];
        Assert.That(
            Await(() =>
            {
                Begin();
                try
                {
                    foreach (string file in files.Order(StringComparer.Ordinal))
                    {
                        Interlocked.Exchange(ref _began, Stopwatch.GetTimestamp());
                        Assert.That(() => Run(Load(File.ReadAllBytes(file))), Throws.Nothing, file);
                    }
                }
                finally
                {
                    End();
                }
            }),
            $"a case of {folder} does not end");
    }

    /// <summary>How many cases the short form has.</summary>
    private protected abstract int ShortCases { get; }

    /// <summary>Makes a case of nothing but random numbers.</summary>
    private protected abstract TCase Make(Random random);

    /// <summary>Throws when the case does not end as it ought to.</summary>
    private protected abstract void Check(TCase fuzzCase);

    /// <summary>A case as a file.</summary>
    private protected abstract byte[] Save(TCase fuzzCase);

    /// <summary>The case in a file.</summary>
    private protected abstract TCase Load(byte[] saved);

    /// <summary>The most bytes that a case may have allocated, freed ones included.</summary>
    private protected virtual long MostAllocated(TCase fuzzCase) => long.MaxValue;

    /// <summary>Runs before the first case.</summary>
    private protected virtual void Begin()
    {
    }

    /// <summary>Runs after the last.</summary>
    private protected virtual void End()
    {
    }

    /// <summary>A case by its number. Seeds that count on would give numbers much alike: hence the mixing (splitmix64's last step).</summary>
    private protected TCase Make(int seed)
    {
        ulong mixed = unchecked((ulong)seed * 0x9E3779B97F4A7C15);
        mixed = unchecked((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9);
        mixed = unchecked((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB);
        return Make(new Random((int)((mixed ^ (mixed >> 31)) & int.MaxValue)));
    }

    private bool IsWanted(TimeSpan elapsed) => _failures.Count < MostKindsOfFailure
        && (FuzzSettings.Replay is not null ? _cases == 0
            : FuzzSettings.Cases is { } cases ? _cases < cases
            : FuzzSettings.Seconds is { } seconds ? elapsed.TotalSeconds < seconds * FuzzShares.Of(this)
            : _cases < ShortCases);

    private void RunRandom(FuzzRecord record)
    {
        Interlocked.Exchange(ref _began, Stopwatch.GetTimestamp());
        record.Begin(_seed);
        _cases++;
        TCase fuzzCase = Make(_seed);
        try
        {
            Run(fuzzCase);
        }
        catch (Exception e)
        {
            _failed++;

            // One of each kind is enough.
            string place = e.StackTrace?.Split('\n').FirstOrDefault(line => line.Contains("Convoy.", StringComparison.Ordinal)) ?? "";
            string kind = $"{e.GetType().Name} {place}";
            if (!_failures.ContainsKey(kind))
            {
                Note(kind, $"Case {_seed} failed ({record.Keep(_seed, Save(fuzzCase))}). {Advice(_seed)}\n{e}");
            }
        }
    }

    private void Run(TCase fuzzCase)
    {
        long most = MostAllocated(fuzzCase);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Check(fuzzCase);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        if (allocated > most)
        {
            throw new FuzzException($"The case allocated {allocated:N0} bytes, of {most:N0} that its size accounts for.");
        }
    }

    /// <summary>Runs a loop on a thread of its own; false when a case does not end. Its exceptions are the caller's.</summary>
    private bool Await(Action loop)
    {
        Interlocked.Exchange(ref _began, Stopwatch.GetTimestamp());
        var task = Task.Factory.StartNew(loop, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        while (!((IAsyncResult)task).AsyncWaitHandle.WaitOne(TimeSpan.FromSeconds(1)))
        {
            if (Stopwatch.GetElapsedTime(Interlocked.Read(ref _began)) > Hang)
            {
                return false;
            }
        }

        task.GetAwaiter().GetResult();
        return true;
    }

    private void Note(string kind, string failure) => _failures[kind] = failure;

    private string Advice(int seed) => $"Run it again with 'bash tests/fuzz.sh --replay {Name}:{seed}'; once mended, keep it in {Path.Combine(KeptFolder, Name)}.";
}

/// <summary>A random case did not end as it ought to.</summary>
internal sealed class FuzzException(string message) : Exception(message);
