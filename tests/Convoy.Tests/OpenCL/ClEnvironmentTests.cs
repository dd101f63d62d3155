using System.Diagnostics;
using System.Text.RegularExpressions;
using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Tests.OpenCL;

/// <summary>No loader, no driver, no device and a working device are four different answers.</summary>
public sealed class ClEnvironmentTests
{
    [Test]
    public void Without_a_loader_the_names_tried_are_told()
    {
        var loader = new ClLoader(["libNoSuchOpenCL.so.1", "/no/such/libOpenCL.so"], "install something");
        ClEnvironment environment = ClEnvironment.Inspect(loader, null, ClVendors.Find(_ => null));
        Assert.That(environment.Verdict, Is.EqualTo(ClVerdict.NoLoader));
        Assert.That(environment.Loader.Attempts.Select(attempt => (attempt.Name, attempt.Problem is null)), Is.EqualTo(
            new[] { ("libNoSuchOpenCL.so.1", false), ("/no/such/libOpenCL.so", false) }));
        Assert.That(environment.Problems, Has.One.Contains("(libNoSuchOpenCL.so.1: ").And.One.Contains("; /no/such/libOpenCL.so: ").And.One.EndsWith("; install something."));
    }

    [Test]
    [Platform(Include = "Linux")]
    public void The_name_of_a_library_that_does_not_load_is_told_once()
    {
        const string bare = "libNoSuchOpenCL.so";
        const string rooted = "/no/such/libOpenCL.so";
        string problem = new ClLoader([bare, rooted], "install something").Problem!;
        Assert.That(Regex.Count(problem, Regex.Escape(bare)), Is.EqualTo(1), problem);
        Assert.That(Regex.Count(problem, Regex.Escape(rooted)), Is.EqualTo(1), problem);
        Assert.That(problem, Does.Contain("cannot open shared object file"), "the linker's words are there");
    }

    [Test]
    [Platform(Include = "Linux")]
    public void A_library_that_is_no_loader_of_our_version_is_refused()
    {
        var loader = new ClLoader(["libc.so.6"], "install something");
        Assert.That(loader.Context, Is.Null);
        Assert.That(loader.Problem, Does.Contain("older than OpenCL 1.2"));
    }

    [Test]
    public void A_driver_without_a_device_is_told_apart()
    {
        ClApi api = RequireApi();
        var deviceless = new FaultyClApi(api) { Fault = ClStatus.DeviceNotFound, Fails = (_, name) => name == nameof(ClApi.GetDeviceIds) };
        ClEnvironment environment = ClEnvironment.Inspect(ClLoader.Shared, deviceless, ClVendors.Find(_ => null));
        Assert.That((environment.Verdict, environment.Problems.Count), Is.EqualTo((ClVerdict.NoDevice, 0)));
    }

    [Test]
    public void A_driver_that_fails_is_a_problem_and_not_an_exception()
    {
        ClApi api = RequireApi();
        foreach (string call in new[] { nameof(ClApi.GetPlatformIds), nameof(ClApi.GetPlatformInfo), nameof(ClApi.GetDeviceIds), nameof(ClApi.GetDeviceInfo) })
        {
            var broken = new FaultyClApi(api) { Fails = (_, name) => name == call };
            ClEnvironment environment = ClEnvironment.Inspect(ClLoader.Shared, broken, ClVendors.Find(_ => null));
            Assert.That(environment.Verdict, Is.EqualTo(call == nameof(ClApi.GetDeviceInfo) ? ClVerdict.NoDevice : ClVerdict.NoDriver), call);
            Assert.That(environment.Problems, Is.Not.Empty.And.All.Contains("CL_OUT_OF_HOST_MEMORY"), call);
        }
    }

    [Test]
    public void This_machine_has_a_device()
    {
        RequireApi();
        var environment = ClEnvironment.Inspect();
        Assert.That(environment.Verdict, Is.EqualTo(ClVerdict.Ok));
        Assert.That(environment.Loader.Attempts[^1].Problem, Is.Null);
        if (OperatingSystem.IsLinux())
        {
            Assert.That(File.Exists(environment.Loader.Attempts[^1].Path));
        }
    }

    [Test]
    [Platform(Include = "Linux")]
    public void Vendor_files_are_listed_with_whether_their_library_loads()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a.icd", "libNoSuchDriver.so.7\n");
        folder.Write("b.icd", "libc.so.6\n");
        folder.Write("c.icd", "");
        folder.Write("readme.txt", "not a driver");
        var environment = new Dictionary<string, string> { ["OCL_ICD_VENDORS"] = folder.Root, ["OCL_ICD_FILENAMES"] = "libm.so.6:/no/such.icd" };
        ClVendors vendors = ClVendors.Find(environment.GetValueOrDefault).Load(_ => null);
        Assert.That(vendors.Files.Select(file => (Path.GetFileName(file.File), file.Library, file.Loads)), Is.EqualTo(new[]
        {
            ("a.icd", "libNoSuchDriver.so.7", false),
            ("b.icd", "libc.so.6", true),
            ("c.icd", "", false),
            ("OCL_ICD_FILENAMES", "libm.so.6", true),
            ("such.icd", "", false),
        }));
        Assert.That(vendors.Files[0].Problem, Does.StartWith("cannot open shared object file"));
        Assert.That(vendors.Places[0], Is.EqualTo(new ClVendorPlace(folder.Root, "OCL_ICD_VENDORS", true)));
    }

    [Test]
    [Platform(Include = "Linux")]
    public void The_usual_folder_may_be_missing()
    {
        var vendors = ClVendors.Find(_ => null, "/no/such/folder");
        Assert.That(vendors.Files, Is.Empty);
        Assert.That(vendors.Places, Is.EqualTo(new[] { new ClVendorPlace("/no/such/folder", null, false) }));
    }

    [Test]
    [Platform(Include = "Linux")]
    public void A_loader_pointed_to_an_empty_folder_has_no_driver()
    {
        RequireApi();
        using var folder = new TemporaryFolder();
        Assert.That(VerdictOfChild("OCL_ICD_VENDORS", folder.Root), Is.EqualTo("NoDriver"));
    }

    [Test]
    public void A_loader_named_wrongly_is_no_loader() =>
        Assert.That(VerdictOfChild(ClLoader.LibraryVariable, "libNoSuchOpenCL.so.1"), Is.EqualTo("NoLoader"));

    /// <summary>The verdict of another process, since a loader reads its environment once.</summary>
    private static string VerdictOfChild(string variable, string value)
    {
        using Process child = TestProcess.Start([TestProcess.Verdict], variable, value);
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        Assert.That(child.ExitCode, Is.Zero);
        return output.Trim();
    }

    private static ClApi RequireApi()
    {
        if (!SilkClApi.TryLoad(out ClApi? api, out string? reason) || ClPlatform.All(api, _ => { }).All(platform => platform.Devices.Count == 0))
        {
            Assert.Ignore($"{TestDevices.NoOpenCl} {reason}");
            throw new InvalidOperationException();
        }

        return api;
    }
}
