using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL;

/// <summary>Sets the arguments that depend on the run (offsets, images), and returns how many work-items it takes.</summary>
internal delegate WorkSize LaunchSetup(OpenClArena arena, in RegionContext context);

/// <summary>A kernel with the arguments that never change already set, what to do about the others, and what it does.</summary>
internal sealed class KernelLaunch(ClKernel kernel, WorkSize local, KernelWork work, LaunchSetup setup) : IDisposable
{
    /// <summary>What it launches.</summary>
    public KernelIdentity Identity => new(kernel.Name, $"{kernel.Identity} by {local}");

    /// <summary>Enqueues the kernel, behind an event where there is one.</summary>
    public void Enqueue(OpenClArena arena, in RegionContext context, Phase phase, ClEvent? after = null)
    {
        WorkSize global = setup(arena, context);
        ClEvent? signal = arena.Record(context, phase, kernel.Name, work);
        arena.Queue.Enqueue(kernel, global, local, after is null ? default : new ReadOnlySpan<ClEvent>(in after), signal);
    }

    public void Dispose() => kernel.Dispose();
}

/// <summary>What a kernel is, wherever it is launched.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Text">What tells it from others: what it is built of, and its work-group.</param>
internal readonly record struct KernelIdentity(string Name, string Text);
