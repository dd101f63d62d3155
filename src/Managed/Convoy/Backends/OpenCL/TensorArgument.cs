using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL;

/// <summary>
/// Where a kernel reads or writes a tensor: two of its arguments, a pointer and an offset in floats, named as "x" and
/// "x_offset" are. Found once; setting it allocates nothing.
/// </summary>
internal readonly struct TensorArgument(ClKernel kernel, string name)
{
    private readonly ClMemoryArgument _memory = kernel.Memory(name);
    private readonly ClArgument<int> _offset = kernel.Argument<int>($"{name}_offset");

    /// <summary>Sets both.</summary>
    /// <param name="memory">Where the tensor is.</param>
    /// <param name="offset">Bytes before it.</param>
    public void Set(IClMemory memory, long offset)
    {
        _memory.Set(memory);
        _offset.Set(checked((int)(offset / sizeof(float))));
    }

    /// <summary>The step's first input, or what a kernel before this one made of it in scratch.</summary>
    public void SetInput(OpenClArena arena, in RegionContext run, bool isInScratch = false) => Set(arena, run.Inputs[0], isInScratch);

    /// <summary>The step's output, or what the kernel after this one makes it of in scratch.</summary>
    public void SetOutput(OpenClArena arena, in RegionContext run, bool isInScratch = false) => Set(arena, run.Output, isInScratch);

    private void Set(OpenClArena arena, long offset, bool isInScratch)
    {
        if (isInScratch)
        {
            Set(arena.Scratch, 0);
        }
        else
        {
            Set(arena.Maps, offset);
        }
    }
}
