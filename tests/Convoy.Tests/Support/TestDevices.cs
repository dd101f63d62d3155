namespace Convoy.Tests.Support;

/// <summary>The devices tests run on.</summary>
public static class TestDevices
{
    /// <summary>Why a test is skipped that needs an OpenCL device, or a GPU.</summary>
    public const string NoOpenCl = "Skipped: there is no OpenCL device on this machine, and so no GPU.";

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
            Assert.Ignore(NoOpenCl);
        }

        return OpenCl;
    }

    /// <summary>Cases on each device, whose name is their last argument; one that cannot be used has a single case, which skips aloud.</summary>
    public static IEnumerable<TestCaseData> OnEach(IEnumerable<object[]> cases) => OnEach(Device.All, cases);

    /// <inheritdoc cref="OnEach(IEnumerable{object[]})"/>
    public static IEnumerable<TestCaseData> OnEach(IEnumerable<Device> devices, IEnumerable<object[]> cases) =>
        from device in devices
        from arguments in device.IsAvailable ? cases : cases.Take(1)
        let data = new TestCaseData([.. arguments, device.Name])
        select device.IsAvailable ? data : data.Ignore($"Skipped: the device '{device.Name}' cannot be used. {device.UnavailableReason}");

    /// <summary>A number of threads for a device, 0 for one that takes no number.</summary>
    public static int Threads(Device device, int threads) => device == Device.Native ? threads : 0;

    /// <summary>Ignores the running test where the C library cannot be used.</summary>
    public static void RequireNative()
    {
        if (!Device.Native.IsAvailable)
        {
            Assert.Ignore($"Skipped: the device 'native' cannot be used. {Device.Native.UnavailableReason}");
        }
    }
}
