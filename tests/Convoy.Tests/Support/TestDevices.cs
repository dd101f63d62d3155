using Convoy.Runtime;

namespace Convoy.Tests.Support;

/// <summary>The devices tests run on.</summary>
public static class TestDevices
{
    /// <summary>Every usable device but the reference, which judges them.</summary>
    public static IEnumerable<Device> Judged => Device.All.Where(device => device.IsAvailable && device != Device.Reference);

    /// <summary>Every OpenCL device; a test that needs one skips aloud when there is none.</summary>
    public static IReadOnlyList<Device> OpenCl =>
        [.. Judged.Where(device => device.Name.StartsWith("opencl:", StringComparison.Ordinal))];

    /// <summary>Every OpenCL device, ignoring the running test when there is none.</summary>
    public static IReadOnlyList<Device> RequireOpenCl()
    {
        if (OpenCl.Count == 0)
        {
            Assert.Ignore("Skipped: there is no OpenCL device on this machine.");
        }

        return OpenCl;
    }
}
