using Convoy.Backends.OpenCL;
using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Tests.OpenCL;

/// <summary>Every device, in its own form and in a GPU's (narrow vectors, local memory, small pieces), which runs on all of them.</summary>
internal static class DeviceForms
{
    private const string NoDevice = "no OpenCL device";

    /// <summary>A number, a name and whether it is as a GPU for each. By number: several devices may have one name, which is there for people.</summary>
    public static IEnumerable<(int Index, string Device, bool AsGpu)> All =>
        from device in ClEnvironment.Inspect().Devices.Select((device, index) => (index, device.Name)).DefaultIfEmpty((index: 0, Name: NoDevice))
        from asGpu in new[] { false, true }
        where device.Name != NoDevice || !asGpu
        select (device.index, device.Name, asGpu);

    /// <summary>The same as a fixture's arguments.</summary>
    public static IEnumerable<TestFixtureData> Fixtures => All.Select(each => new TestFixtureData(each.Index, each.Device, each.AsGpu));

    /// <summary>Opens a backend, whose kernels are compiled for few work-groups; without a device, the test says so.</summary>
    /// <param name="index">The device's number.</param>
    /// <param name="device">Its name.</param>
    /// <param name="asGpu">Whether it is to take a GPU's form.</param>
    /// <param name="convolutions">What is asked of convolutions.</param>
    /// <param name="only">The only algorithm for them; null for all.</param>
    public static OpenClBackend Open(int index, string device, bool asGpu, ConvolutionAlgorithm convolutions = ConvolutionAlgorithm.Auto, string? only = null)
    {
        if (device == NoDevice || !SilkClApi.TryLoad(out ClApi? api, out _))
        {
            throw new IgnoreException(TestDevices.NoOpenCl);
        }

        ClDevice found = ClPlatform.All(new FaultyClApi(api) { ChoosesGroups = true }, _ => { }).SelectMany(platform => platform.Devices).ElementAt(index);
        Assert.That(found.Name, Is.EqualTo(device));
        DeviceTraits traits = DeviceTraits.Of(found);
        return new OpenClBackend(
            found,
            asGpu ? traits with { IsCpu = false, VectorWidth = 4, SharesHostMemory = false } : traits,
            options: new() { Convolutions = convolutions, Only = only });
    }
}
