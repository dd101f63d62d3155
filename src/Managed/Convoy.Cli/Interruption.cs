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
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _source = new();
    private readonly Terminal _terminal;
    private readonly PosixSignalRegistration[] _registrations;

    /// <summary>Listens for the signals, and says so where ending takes a while.</summary>
    public Interruption(Terminal terminal)
    {
        _terminal = terminal;
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
        if (_source.IsCancellationRequested)
        {
            _terminal.ShowCursor();
            return;
        }

        context.Cancel = true;
        _ = EndAsync();
        _source.Cancel();
    });

    private async Task EndAsync()
    {
        await Task.Delay(Silence).ConfigureAwait(false);
        _terminal.Note("Stopping as soon as what is being done allows it; Ctrl-C once more ends it at once.");
        await Task.Delay(Grace - Silence).ConfigureAwait(false);
        _terminal.Note("Interrupted before there was a result.");
        _terminal.ShowCursor();
        Environment.Exit(ExitCode.Interrupted);
    }
}
