using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL;

/// <summary>The programs built for one context, each once, however many steps use it.</summary>
internal sealed class KernelLibrary(ClContext context, DeviceTraits device, ProgramCache? cache) : IDisposable
{
    private readonly Dictionary<(string File, string Options), ClProgram> _programs = [];

    /// <summary>Creates a kernel with arguments of its own, and sets those that never change.</summary>
    /// <param name="file">The file in kernels/: "pool.cl".</param>
    /// <param name="name">The kernel in it.</param>
    /// <param name="setConstants">Sets the arguments that never change; where that fails, the kernel goes again.</param>
    /// <param name="options">Macros beyond those every kernel gets.</param>
    public ClKernel Create(string file, string name, Action<ClKernel> setConstants, string options = "")
    {
        string all = options.Length == 0 ? device.Options : $"{device.Options} {options}";
        if (!_programs.TryGetValue((file, all), out ClProgram? program))
        {
            program = ClProgram.Build(context, KernelSource.Load(file), all, cache);
            _programs.Add((file, all), program);
        }

        ClKernel kernel = program.CreateKernel(name);
        try
        {
            setConstants(kernel);
            return kernel;
        }
        catch
        {
            kernel.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (ClProgram program in _programs.Values)
        {
            program.Dispose();
        }

        _programs.Clear();
    }
}
