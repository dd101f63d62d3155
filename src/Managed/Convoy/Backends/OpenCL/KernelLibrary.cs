using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL;

/// <summary>The programs built for one context, each once, however many steps use it.</summary>
internal sealed class KernelLibrary(ClContext context, DeviceTraits device, ProgramCache? cache) : IDisposable
{
    private readonly Dictionary<(string File, string Options), ClProgram> _programs = [];

    /// <summary>Creates a kernel with arguments of its own.</summary>
    public ClKernel Create(KernelForm form)
    {
        string options = form.Options.Length == 0 ? device.Options : $"{device.Options} {form.Options}";
        if (!_programs.TryGetValue((form.File, options), out ClProgram? program))
        {
            program = ClProgram.Build(context, KernelSource.Load(form.File, HostSource.File), options, cache);
            _programs.Add((form.File, options), program);
        }

        return program.CreateKernel(form.Name);
    }

    /// <summary>Creates a launch of a kernel.</summary>
    /// <param name="form">The kernel.</param>
    /// <param name="work">What it does.</param>
    /// <param name="bind">
    /// Sets the arguments that never change, finds the others, and returns what sets those for each run; where that fails, the
    /// kernel goes again.
    /// </param>
    /// <exception cref="BackendException">As built, the kernel takes more than the device has.</exception>
    public KernelLaunch Launch(KernelForm form, KernelWork work, Func<ClKernel, LaunchSetup> bind)
    {
        ClKernel kernel = Create(form);
        try
        {
            if (Excess(kernel.WorkGroup, form.Local) is { } excess)
            {
                throw new BackendException($"The kernel '{form.Name}' takes {excess} on the device '{context.Device}'. Use another device.") { IsOfKernel = true };
            }

            return new KernelLaunch(kernel, form.Local, work, bind(kernel));
        }
        catch
        {
            kernel.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Finds the tile to run a kernel in. What a device allows of work-groups in general, a kernel that takes many registers
    /// may exceed, and only its build shows that, or fails: then a smaller tile is tried.
    /// </summary>
    /// <param name="layer">Whose kernel it is.</param>
    /// <param name="choose">The tile for a device.</param>
    /// <param name="formOf">The kernel in a tile.</param>
    /// <exception cref="BackendException">The device does not run the kernel in any.</exception>
    public TTile Fit<TTile>(string layer, Func<DeviceTraits, TTile> choose, Func<TTile, KernelForm> formOf)
    {
        DeviceTraits limits = device;
        long refused = long.MaxValue;
        while (true)
        {
            TTile tile = choose(limits);
            KernelForm form = formOf(tile);
            string? excess;
            try
            {
                using ClKernel kernel = Create(form);
                excess = Excess(kernel.WorkGroup, form.Local);
            }
            catch (ClBuildException) when (form.Local.Total > 1 && form.Local.Total < refused)
            {
                excess = "more than the compiler can build";
            }

            if (excess is null)
            {
                return tile;
            }

            if (form.Local.Total == 1 || form.Local.Total >= refused)
            {
                throw new BackendException(
                    $"Layer '{layer}': the kernel '{form.Name}' takes {excess} on the device '{context.Device}', and there is no smaller form of it. Use another device.")
                { IsOfKernel = true };
            }

            refused = form.Local.Total;
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
