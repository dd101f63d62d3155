namespace Convoy.Backends.OpenCL.Interop;

/// <summary>A kernel's argument that is a number or a struct, found by its name once; setting it allocates nothing.</summary>
internal readonly struct ClArgument<T>
    where T : unmanaged
{
    private readonly ClKernel _kernel;
    private readonly int _index;

    internal ClArgument(ClKernel kernel, int index)
    {
        _kernel = kernel;
        _index = index;
    }

    /// <summary>What the next launches get.</summary>
    /// <exception cref="ClException">The driver refuses.</exception>
    public void Set(in T value) => _kernel.SetAt(_index, value);
}

/// <summary>A kernel's argument that is a pointer, found by its name once; setting it allocates nothing.</summary>
internal readonly struct ClMemoryArgument
{
    private readonly ClKernel _kernel;
    private readonly int _index;

    internal ClMemoryArgument(ClKernel kernel, int index)
    {
        _kernel = kernel;
        _index = index;
    }

    /// <summary>What the next launches get; null passes NULL.</summary>
    /// <exception cref="ClException">The driver refuses.</exception>
    public void Set(IClMemory? memory) => _kernel.SetAt(_index, memory);
}
