using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL;

/// <summary>
/// A device as its sessions share it: one context, opened for the first of them and closed after the last, and one pool of
/// memory, emptied when the context goes. Thread-safe.
/// </summary>
internal sealed class SharedContext(ClDevice device)
{
    // Enough to serve the sessions there are, without keeping other programs from the device.
    private const int ShareOfMemory = 4;

    private readonly Lock _gate = new();
    private ClContext? _context;
    private int _users;

    /// <summary>The device's memory; its counters go on from one context to the next.</summary>
    public ClBufferPool Pool { get; } = new(device.GlobalMemoryBytes / ShareOfMemory);

    /// <summary>Joins those who use the context. Whoever got it calls <see cref="Leave"/> once, after all that was made in it.</summary>
    /// <exception cref="ClException">The device cannot be used.</exception>
    public ClContext Enter()
    {
        lock (_gate)
        {
            _context ??= new ClContext(device);
            _users++;
            return _context;
        }
    }

    /// <summary>Opens the device, as the first who joins would, and keeps it open for them.</summary>
    /// <returns>Why that cannot be, in a sentence; null where it can.</returns>
    public string? FindProblem()
    {
        lock (_gate)
        {
            if (_context is not null)
            {
                return null;
            }

            try
            {
                var context = new ClContext(device);
                try
                {
                    using var queue = new ClQueue(context);
                }
                catch
                {
                    context.Dispose();
                    throw;
                }

                _context = context;
                return null;
            }
            catch (ClException e)
            {
                return e.Message;
            }
        }
    }

    /// <summary>Leaves the context to the others; the last closes it.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            if (--_users == 0)
            {
                Pool.Trim();
                _context?.Dispose();
                _context = null;
            }
        }
    }
}
