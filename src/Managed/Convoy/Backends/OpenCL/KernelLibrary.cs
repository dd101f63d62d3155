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

    /// <summary>
    /// Finds the tile to run a kernel in. What a device allows of work-groups in general, a kernel that takes many registers
    /// may exceed, and only its build tells: then a smaller tile is tried.
    /// </summary>
    /// <param name="layer">Whose kernel it is.</param>
    /// <param name="file">The file in kernels/.</param>
    /// <param name="name">The kernel in it.</param>
    /// <param name="choose">The tile for a device.</param>
    /// <param name="describe">A tile's work-group and macros.</param>
    /// <exception cref="BackendException">The device does not run the kernel in any.</exception>
    public TTile Fit<TTile>(
        string layer, string file, string name, Func<DeviceTraits, TTile> choose, Func<TTile, (WorkSize Local, string Options)> describe)
    {
        DeviceTraits limits = device;
        long refused = long.MaxValue;
        while (true)
        {
            TTile tile = choose(limits);
            (WorkSize local, string options) = describe(tile);
            using ClKernel kernel = Create(file, name, _ => { }, options);
            if (Excess(kernel.WorkGroup, local) is not { } excess)
            {
                return tile;
            }

            if (local.Total == 1 || local.Total >= refused)
            {
                throw new BackendException(
                    $"Layer '{layer}': the kernel '{name}' takes {excess} on the device '{context.Device}', and there is no smaller form of it. Use another device.");
            }

            refused = local.Total;
            limits = limits with { MaxWorkGroupSize = refused - 1 };
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

    /// <summary>What a work-group takes that exceeds a limit; null where it exceeds none.</summary>
    private string? Excess(ClWorkGroupInfo kernel, WorkSize local)
    {
        if (local.Total > kernel.MaxSize)
        {
            return $"{local.Total:N0} work-items a group of at most {kernel.MaxSize:N0} (CL_KERNEL_WORK_GROUP_SIZE)";
        }

        if (kernel.LocalBytes > device.LocalMemoryBytes)
        {
            return $"{kernel.LocalBytes:N0} bytes of local memory of at most {device.LocalMemoryBytes:N0} (CL_DEVICE_LOCAL_MEM_SIZE)";
        }

        long[] extents = [local.X, local.Y, local.Z];
        for (int i = 0; i < extents.Length; i++)
        {
            if (extents[i] > device.MaxWorkItemSizes[i])
            {
                return $"{extents[i]:N0} work-items along dimension {i} of at most {device.MaxWorkItemSizes[i]:N0} (CL_DEVICE_MAX_WORK_ITEM_SIZES)";
            }
        }

        return null;
    }
}
