using Convoy.Diagnostics;

namespace Convoy.Tests.Diagnostics;

/// <summary>The file that names the system is read with a look at what it is.</summary>
[Platform(Include = "Linux")]
public sealed class HostSystemTests
{
    [Test]
    public void A_release_file_is_read_by_lines()
    {
        using var folder = new TemporaryFolder();
        Assert.That(HostSystems.OfRelease(HostSystems.ReadRelease(folder.Write("release", "NAME=Some\nID=fedora\n"))), Is.EqualTo(HostSystem.Fedora));
    }

    [Test]
    public void A_release_file_that_is_a_FIFO_or_a_device_hangs_nobody()
    {
        using var folder = new TemporaryFolder();
        SpecialFile.Make(SpecialFile.Fifo, folder["fifo"]);
        Task<string[]> reading = Task.Run(() => HostSystems.ReadRelease(folder["fifo"]));
        Assert.That(reading.Wait(TimeSpan.FromMinutes(1)), "it waits for a writer");
        Assert.That(reading.Result, Is.Empty);
        Assert.That(HostSystems.ReadRelease("/dev/null"), Is.Empty);
    }
}
