using Convoy.Runtime;

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
    [TestCase("opencl")]
    [TestCase("cuda:0")]
    public void An_unknown_name_is_refused_with_the_names_there_are(string name)
    {
        DeviceException e = Assert.Throws<DeviceException>(() => Device.Find(name));
        Assert.That(e.Message, Does.Contain($"'{name}'").And.Contain("'native'").And.Contain("'reference'"));
    }

    [Test]
    public void The_default_is_the_one_the_environment_names()
    {
        Environment.SetEnvironmentVariable(Device.DefaultVariable, "reference");
        Assert.That(Device.Default, Is.SameAs(Device.Reference));
    }

    [Test]
    public void A_wrong_name_in_the_environment_is_refused_and_says_where_it_comes_from()
    {
        Environment.SetEnvironmentVariable(Device.DefaultVariable, "fpga");
        Assert.That(() => Device.Default, Throws.InstanceOf<DeviceException>().With.Message.Contains("CONVOY_DEVICE"));
    }
}
