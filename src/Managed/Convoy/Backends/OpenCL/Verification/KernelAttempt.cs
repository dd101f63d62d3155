namespace Convoy.Backends.OpenCL.Verification;

/// <summary>
/// Kernels that are built and run by a session for the first time, which is where a driver's compiler crashes if it does. Until
/// they ended, well or not, a file that is this process's alone tells of them: what the process does not survive, the next one
/// finds there, and leaves alone.
/// </summary>
internal sealed class KernelAttempt : IDisposable
{
    private readonly Action _end;
    private readonly BegunFile? _file;

    /// <summary>One that is not the first, or that nobody is to be told of.</summary>
    /// <param name="fatal">What is known of one that ended a process; null where nothing is.</param>
    public KernelAttempt(KernelVerdict? fatal)
    {
        Fatal = fatal;
        _end = () => { };
    }

    /// <summary>The first.</summary>
    /// <param name="file">Tells of it.</param>
    /// <param name="end">Is called once it ended.</param>
    public KernelAttempt(BegunFile? file, Action end)
    {
        _file = file;
        _end = end;
    }

    /// <summary>The verdict on what is not to be tried again, since it ended the process that did; null for all else.</summary>
    public KernelVerdict? Fatal { get; }

    /// <summary>It ended.</summary>
    public void Dispose()
    {
        _file?.Dispose();
        _end();
    }
}
