namespace Convoy.Tests.Fuzzing;

/// <summary>
/// What a loop leaves in artifacts/fuzz: the seed of the case that runs, for when it takes the process down with it; the cases
/// that failed; and a line for the summary of tests/fuzz.sh.
/// </summary>
internal sealed class FuzzRecord : IDisposable
{
    private const string Summary = "loops.txt";
    private static readonly string Folder = Path.Combine(Repository.Root, "artifacts", "fuzz");
    private readonly string _loop;
    private readonly string _runningPath;
    private readonly FileStream _running;

    /// <summary>Begins a loop's record.</summary>
    public FuzzRecord(string loop)
    {
        _loop = loop;
        Directory.CreateDirectory(Folder);
        _runningPath = Path.Combine(Folder, $"{loop}.running");
        _running = new FileStream(_runningPath, FileMode.Create, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
    }

    /// <summary>Notes the case that runs now.</summary>
    public void Begin(int seed)
    {
        _running.Position = 0;
        _running.Write(System.Text.Encoding.ASCII.GetBytes($"{seed,11}"));
    }

    /// <summary>Keeps a case that failed, and answers its path.</summary>
    public string Keep(int seed, byte[] content)
    {
        string path = Path.Combine(Folder, $"{_loop}-{seed}.case");
        File.WriteAllBytes(path, content);
        return path;
    }

    /// <summary>Writes the loop's line, where a script waits for it: its name, first seed, cases, failures and seconds.</summary>
    public void End(int firstSeed, int cases, int failed, double seconds)
    {
        if (FuzzSettings.Seconds is not null)
        {
            File.AppendAllText(Path.Combine(Folder, Summary), FormattableString.Invariant($"{_loop} {firstSeed} {cases} {failed} {seconds:0.0}\n"));
        }
    }

    /// <summary>Nothing took the process down.</summary>
    public void Dispose()
    {
        _running.Dispose();
        File.Delete(_runningPath);
    }
}
