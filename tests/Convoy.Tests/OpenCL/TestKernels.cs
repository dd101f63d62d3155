using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Tests.OpenCL;

/// <summary>Kernel files of a test's own.</summary>
internal static class TestKernels
{
    /// <summary>Loads a text as if it were a file of the kernels' folder.</summary>
    public static KernelSource Load(string name, string text)
    {
        using var folder = new TemporaryFolder();
        folder.Write(name, text);
        return KernelSource.LoadFrom(folder.Root, name);
    }
}
