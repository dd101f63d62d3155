using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Tests.OpenCL;

/// <summary>A fixture whose tests run on every OpenCL device there is, and say so when there is none.</summary>
public abstract class OpenClFixture
{
    private long _before;

    private protected ClApi Api { get; private set; } = null!;

    private protected IReadOnlyList<ClDevice> Devices { get; private set; } = [];

    /// <summary>The device for what does not depend on the device.</summary>
    private protected ClDevice AnyDevice => Devices[0];

    [OneTimeSetUp]
    public void FindDevices()
    {
        if (!SilkClApi.TryLoad(out ClApi? api, out string? reason))
        {
            Assert.Ignore($"{TestDevices.NoOpenCl} {reason}");
            return;
        }

        Api = api;
        Devices = [.. ClPlatform.All(api, _ => { }).SelectMany(platform => platform.Devices)];
        if (Devices.Count == 0)
        {
            Assert.Ignore($"{TestDevices.NoOpenCl} The loader is there, but no driver gives one.");
        }
    }

    [SetUp]
    public void CountObjects() => _before = Api.LiveObjects;

    [TearDown]
    public void Every_object_was_released() => Assert.That(Api.LiveObjects, Is.EqualTo(_before), "OpenCL objects left behind");
}
