using Convoy.Backends.OpenCL.Chains;
using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL;

/// <summary>host.cl, which kernels include: what they and the host must agree on, written from the host's own lists.</summary>
internal static class HostSource
{
    /// <summary>The file.</summary>
    public static WrittenKernelFile File { get; } = new("host.cl", string.Join('\n', [
        .. Enum.GetValues<PoolOperation>().Select(each => $"#define POOL_{KernelTypes.ToMacro(each.ToString())} {(int)each}"),
        .. Enum.GetValues<ChainStageKind>().Select(each => $"#define CHAIN_{KernelTypes.ToMacro(each.ToString())} {(int)each}"),
        .. ChainTile.Definitions,
        .. KernelActivation.All.Select(each => each.Definition),
        .. ElementwiseOperation.All.Select(each => each.Definition),
        .. ElementwiseOperation.Operands,
    ]));
}
