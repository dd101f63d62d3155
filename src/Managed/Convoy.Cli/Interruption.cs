using System.Runtime.InteropServices;

namespace Convoy.Cli;

/// <summary>
/// Turns the first Ctrl-C or SIGTERM into a cancellation. A second one ends the process as usual, and so does time, where
/// something that cannot be cancelled (opening a pipe, say) does not return.
/// </summary>
internal sealed class Interruption : IDisposable
{
    // A layer of a large network on the reference device takes seconds, and only then is there a result to print; whoever
    // stops a container waits ten.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(8);

    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;

    public Interruption()
    {
        _registrations = [Register(PosixSignal.SIGINT), Register(PosixSignal.SIGTERM)];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        Array.ForEach(_registrations, registration => registration.Dispose());
        _source.Dispose();
    }

    private PosixSignalRegistration Register(PosixSignal signal) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = !_source.IsCancellationRequested;
        _source.Cancel();
        _ = Task.Delay(Grace).ContinueWith(_ => Environment.Exit(ExitCode.Interrupted), TaskScheduler.Default);
    });
}
