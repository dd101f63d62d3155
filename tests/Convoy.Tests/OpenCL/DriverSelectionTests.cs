using System.Diagnostics;
using System.Runtime.Versioning;
using Convoy.Backends.OpenCL.Interop;
using Convoy.Backends.OpenCL.Trials;

namespace Convoy.Tests.OpenCL;

/// <summary>Where a loader is pointed to nobody else may register a driver.</summary>
[Platform(Include = "Linux")]
[SupportedOSPlatform("linux")]
public sealed class DriverSelectionTests
{
    [Test]
    public void A_selection_lies_in_a_folder_of_this_user_alone_and_leaves_nothing()
    {
        var environment = new Dictionary<string, string?>();
        string folder;
        using (var selection = new DriverSelection([new ClVendorFile("some.icd", null, "libsome.so", null)]))
        {
            selection.ApplyTo(environment);
            folder = environment[ClVendors.FolderVariable]!;
            Assert.That(File.GetUnixFileMode(folder), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
            Assert.That(Directory.GetFiles(folder).Select(File.ReadAllText), Is.EqualTo(new[] { "libsome.so\n" }));
        }

        Assert.That(Directory.Exists(folder), Is.False);
    }

    [Test]
    public void Without_a_place_for_temporary_files_the_loader_is_pointed_where_nobody_can_plant_a_driver()
    {
        using var above = new TemporaryFolder();
        using Process child = TestProcess.Start([TestProcess.Selection], "TMPDIR", above["gone"]);
        string folder = child.StandardOutput.ReadToEnd().Trim();
        child.WaitForExit();
        Assert.That(child.ExitCode, Is.Zero);
        Assert.That(folder, Is.Not.Empty);
        Assert.That(() => Directory.CreateDirectory(folder), Throws.InstanceOf<IOException>());
    }
}
