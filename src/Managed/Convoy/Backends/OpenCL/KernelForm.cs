using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL;

/// <summary>A kernel as it is built and launched.</summary>
/// <param name="File">The file in kernels/: "pool.cl".</param>
/// <param name="Name">The kernel in it.</param>
/// <param name="Options">Macros beyond those every kernel gets.</param>
/// <param name="Local">Work-items of a work-group; the default leaves it to the driver.</param>
internal sealed record KernelForm(string File, string Name, string Options = "", WorkSize Local = default);
