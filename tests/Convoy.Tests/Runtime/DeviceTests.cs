using Convoy.Models;

namespace Convoy.Tests.Runtime;

public sealed class DeviceTests
{
    [TearDown]
    public void ForgetVariable() => Environment.SetEnvironmentVariable(Device.DefaultVariable, null);

    [TestCase("native")]
    [TestCase("Reference")]
    [TestCase(" native ")]
    public void A_device_is_found_by_name(string name) =>
        Assert.That(Device.Find(name).Name, Is.EqualTo(name.Trim()).IgnoreCase);

    [TestCase("")]
    [TestCase("metal")]
    [TestCase("cuda:0")]
    public void An_unknown_name_is_refused_with_the_names_there_are(string name)
    {
        DeviceException e = Assert.Throws<DeviceException>(() => Device.Find(name));
        Assert.That(e.Message, Does.Contain($"'{name}'").And.Contain("'native'").And.Contain("'reference'"));
    }

    [Test]
    public void An_opencl_device_is_found_by_number_by_name_and_by_platform()
    {
        Device first = TestDevices.RequireOpenCl().Single(each => each.Name == "opencl:0");
        Assert.That(Device.Find("opencl:0"), Is.SameAs(first));
        Assert.That(Device.Find("opencl").Name, Does.StartWith("opencl:"));
        Assert.That(Device.Find($"opencl:{first.Description.Split(',')[0].ToLowerInvariant()}"), Is.SameAs(first));
        Assert.That(Device.Find($"OpenCL:{first.Description.Split(", ")[1]}").Name, Does.StartWith("opencl:"));
    }

    [Test]
    public void A_number_no_opencl_device_has_is_refused_though_a_name_may_contain_it()
    {
        int count = TestDevices.RequireOpenCl().Count;
        Assert.That(Device.Find("opencl:+0").Name, Is.EqualTo("opencl:0"));
        IEnumerable<string> digits = Enumerable.Range(count, 100).Select(number => $"{number}");
        foreach (string number in digits.Concat(["-1", $"+{count}", "00000000000000000000000000000012345", "99999999999999999999"]))
        {
            Assert.That(
                () => Device.Find($"opencl:{number}"),
                Throws.InstanceOf<DeviceException>().With.Message.Contains($"'opencl:{number}'").And.Message.Contains("'opencl:0'"));
        }
    }

    [TestCase("opencl:99")]
    [TestCase("opencl:")]
    [TestCase("opencl:-")]
    [TestCase("opencl: -")]
    [TestCase("opencl:.")]
    [TestCase("opencl:1.2")]
    [TestCase("opencl:no such vendor")]
    public void An_opencl_device_that_is_not_there_is_refused_by_name(string name) =>
        Assert.That(() => Device.Find(name), Throws.InstanceOf<DeviceException>().With.Message.Contains($"'{name}'"));

    [Test]
    public void Options_of_the_native_device_are_refused_by_name_on_any_other()
    {
        SessionOptions[] options =
        [
            new() { Threads = 1 },
            new() { InstructionSet = InstructionSet.Scalar },
            new() { WeightPrecision = WeightPrecision.Float16 },
        ];
        foreach (Device device in TestDevices.OpenCl.Append(Device.Reference))
        {
            Assert.That(options.Select(device.FindRefusal), Is.All.StartsWith($"The device '{device}' ").And.All.Contains("'native'"));
            Assert.That(device.FindRefusal(new SessionOptions { AllowChains = false }), Is.Null, "a device without chains honours this");
        }

        Assert.That(options.Select(Device.Native.FindRefusal), Is.All.Null);
    }

    [TestCase(2, InstructionSet.Auto, "threads")]
    [TestCase(0, InstructionSet.Avx2, "instruction set")]
    public void What_a_device_refuses_it_does_not_compile(int threads, InstructionSet instructionSet, string names)
    {
        Network network = LeNet5.Create();
        using WeightSet weights = WeightSet.Random(network, 1);
        Assert.That(
            () => network.Compile(Device.Reference, weights, new SessionOptions { Threads = threads, InstructionSet = instructionSet }).Dispose(),
            Throws.InstanceOf<DeviceException>().With.Message.Contains(names));
    }

    [Test]
    public void The_default_is_the_one_the_environment_names()
    {
        Environment.SetEnvironmentVariable(Device.DefaultVariable, "reference");
        Assert.That(Device.Default, Is.SameAs(Device.Reference));
    }

    [Test]
    public void The_environment_may_name_several()
    {
        Environment.SetEnvironmentVariable(Device.DefaultVariable, "reference, native");
        Assert.That(Device.Defaults, Is.EqualTo([Device.Reference, Device.Native]));
        Assert.That(Device.Default, Is.SameAs(Device.Reference));
        Environment.SetEnvironmentVariable(Device.DefaultVariable, null);
        Assert.That(Device.Defaults, Is.EqualTo([Device.All.First(each => each.IsAvailable)]));
    }

    [Test]
    public void A_wrong_name_in_the_environment_is_refused_and_says_where_it_comes_from()
    {
        Environment.SetEnvironmentVariable(Device.DefaultVariable, "fpga");
        Assert.That(() => Device.Default, Throws.InstanceOf<DeviceException>().With.Message.Contains("CONVOY_DEVICE"));
    }
}
