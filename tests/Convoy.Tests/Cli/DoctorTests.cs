using System.Runtime.Versioning;
using System.Text.Json.Nodes;
using Convoy.Backends.Native;
using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Tests.Cli;

/// <summary>What <c>doctor</c> reports where things are missing, each in a process of its own.</summary>
public sealed class DoctorTests
{
    private const string NoLoader = "libNoSuchOpenCL.so.1";
    private static readonly string[] Systems = ["Debian, Ubuntu", "Fedora", "Alpine", "Windows", "macOS"];
    private static readonly string[] AllKernels =
    [
        "pad", "convolution", "direct_convolution", "depthwise", "fold", "winograd_input", "pool", "lrn", "instance_segments", "instance_moments", "instance_norm",
        "concat", "elementwise", "rearrange", "softmax", "log_softmax", "nchw_to_nhwc", "bytes_to_floats", "nhwc_to_nchw",
    ];

    private TemporaryFolder _withoutNative = null!;
    private TemporaryFolder _empty = null!;

    [OneTimeSetUp]
    public void PrepareFolders()
    {
        _empty = new TemporaryFolder();
        _withoutNative = new TemporaryFolder();
        CommandProcess.CopyWithoutNativeLibrary(_withoutNative.Root);
    }

    [OneTimeTearDown]
    public void DeleteFolders()
    {
        _empty.Dispose();
        _withoutNative.Dispose();
    }

    [Test]
    public void With_nothing_installed_both_are_told_with_what_would_mend_them()
    {
        CliRun run = Examine(_withoutNative.Root, (ClLoader.LibraryVariable, NoLoader));
        JsonNode openCl = run.Json["opencl"]!;
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(1));
            Assert.That((bool)run.Json["has_fast_device"]!, Is.False);
            Assert.That((string)run.Json["native"]!["situation"]!, Is.EqualTo("no_library"));
            Assert.That((string)openCl["situation"]!, Is.EqualTo("no_loader"));
            AssertSentence(openCl, "No OpenCL loader was found", NoLoader, ClLoader.LibraryVariable);
            Assert.That(openCl["loaders"]!.AsArray().Select(each => (string)each!["name"]!), Is.EqualTo(new[] { NoLoader }));
            Assert.That((bool)openCl["loaders"]![0]!["loads"]!, Is.False);
            AssertRemedies(openCl, "ocl-icd-libopencl1", "dnf install ocl-icd", "opencl-icd-loader", "OpenCL.dll", "part of macOS");
            AssertRemedies(run.Json["native"]!, "apt-get install cmake gcc", "dnf install cmake", "apk add cmake", "Visual Studio", "brew install cmake");
        });
    }

    [Test]
    [Platform(Include = "Linux")]
    public void A_loader_without_a_driver_is_told_with_the_places_looked_at()
    {
        IgnoreWithoutLoader();
        CliRun run = Examine(CommandProcess.Folder, ("OCL_ICD_VENDORS", _empty.Root), ("OCL_ICD_FILENAMES", ""));
        JsonNode openCl = run.Json["opencl"]!;
        Assert.Multiple(() =>
        {
            Assert.That((string)openCl["situation"]!, Is.EqualTo("no_driver"));
            AssertSentence(openCl, "The OpenCL loader is there", "no driver is registered", _empty.Root, "OCL_ICD_VENDORS");
            Assert.That((bool)openCl["loaders"]!.AsArray()[^1]!["loads"]!);
            Assert.That(openCl["driver_places"]!.ToJsonString(), Is.EqualTo($$"""[{"path":"{{_empty.Root}}","variable":"OCL_ICD_VENDORS","exists":true}]"""));
            Assert.That(openCl["drivers"]!.AsArray(), Is.Empty);
            AssertRemedies(openCl, "pocl-opencl-icd", "dnf install one of pocl", "apk add one of pocl", "graphics card's driver", "part of macOS");
            AssertExitCodeFits(run);
        });
    }

    [Test]
    [Platform(Include = "Linux")]
    public void A_driver_that_is_registered_and_does_not_load_is_named()
    {
        IgnoreWithoutLoader();
        using var vendors = new TemporaryFolder();
        string registration = vendors.Write("broken.icd", "libNoSuchDriver.so.7\n");
        JsonNode openCl = Examine(CommandProcess.Folder, ("OCL_ICD_VENDORS", vendors.Root), ("OCL_ICD_FILENAMES", "")).Json["opencl"]!;
        Assert.That((string)openCl["situation"]!, Is.EqualTo("no_driver"));
        AssertSentence(openCl, "cannot be loaded", registration, "libNoSuchDriver.so.7");
        JsonNode driver = openCl["drivers"]!.AsArray().Single()!;
        Assert.That(((string)driver["file"]!, (string)driver["library"]!, (bool)driver["loads"]!), Is.EqualTo((registration, "libNoSuchDriver.so.7", false)));
    }

    [Test]
    [Platform(Include = "Linux")]
    public void An_icd_file_that_is_none_is_named_and_its_bytes_are_not_printed()
    {
        using var vendors = new TemporaryFolder();
        vendors.Write("binary.icd", [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, 0, 0x1b, (byte)'[', (byte)'2', (byte)'J', 0xff, 0xfe]);
        vendors.Write("empty.icd", "\n");
        vendors.Write("long.icd", new string('x', 5000));
        File.CreateSymbolicLink(vendors["missing.icd"], vendors["nowhere"]);
        File.CreateSymbolicLink(vendors["zero.icd"], "/dev/zero");
        CliRun run = CommandProcess.Run(
            CommandProcess.Folder, [("OCL_ICD_VENDORS", vendors.Root), ("OCL_ICD_FILENAMES", vendors["other.icd"]), ("CONVOY_CACHE", "off")], "doctor", "--output", "csv");
        string[] findings = [.. run.Out.Split('\n').Where(line => line.Contains(".icd", StringComparison.Ordinal) && line.StartsWith("opencl,driver,", StringComparison.Ordinal))];
        Assert.Multiple(() =>
        {
            Assert.That(findings, Has.Length.EqualTo(6));
            Assert.That(run.Out, Does.Not.Contain("ELF").And.Not.Contain("\u001b").And.Not.Contain(",: ").And.Not.Contain("Could not find"));
            Assert.That(findings.Where(line => line.Contains(",no,it is damaged: its first line is no path", StringComparison.Ordinal)), Has.Exactly(2).Items);
            Assert.That(findings.Where(line => line.Contains(",no,it names no library", StringComparison.Ordinal)), Has.Exactly(1).Items);
            Assert.That(findings.Where(line => line.Contains(",no,there is no such file", StringComparison.Ordinal)), Has.Exactly(2).Items);
            Assert.That(findings.Where(line => line.Contains("not a regular file", StringComparison.Ordinal)), Has.Exactly(1).Items);
        });
    }

    [Test]
    [Platform(Include = "Linux")]
    public void A_FIFO_among_the_icd_files_hangs_nobody()
    {
        IgnoreWithoutLoader();
        using var vendors = new TemporaryFolder();
        SpecialFile.Make(SpecialFile.Fifo, vendors["pipe.icd"]);
        (string, string)[] variables = [("OCL_ICD_VENDORS", vendors.Root), ("CONVOY_OPENCL_TIMEOUT", "4"), ("CONVOY_CACHE", "off")];
        CliRun run = CommandProcess.Run(CommandProcess.Folder, variables, "devices", "--no-measure");
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(run.Out, Does.Contain("opencl:pipe.icd").And.Contains("it is a FIFO, not a regular file").And.Contains("did not answer"));
    }

    [Test]
    public void With_everything_installed_each_device_is_told_with_its_limits()
    {
        TestDevices.RequireOpenCl();
        CliRun run = Examine(CommandProcess.Folder);
        JsonNode openCl = run.Json["opencl"]!;
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.Zero);
            Assert.That((bool)run.Json["has_fast_device"]!);
            Assert.That((string)openCl["situation"]!, Is.EqualTo("works"));
            AssertSentence(openCl, "OpenCL works on opencl:0");
            Assert.That(openCl["remedies"]!.AsArray(), Is.Empty);
        });
        JsonNode[] devices = [.. openCl["platforms"]!.AsArray().SelectMany(platform => platform!["devices"]!.AsArray()).Select(device => device!)];
        Assert.That(devices.Select(device => (string)device["device"]!), Is.EqualTo(Enumerable.Range(0, devices.Length).Select(i => $"opencl:{i}")));
        foreach (JsonNode device in devices)
        {
            Assert.That((string)device["kernel"]!, Is.EqualTo("right"));
            Assert.That((long)device["limits"]!["global_memory_bytes"]!, Is.Positive);
            Assert.That((string)device["limits"]!["driver_version"]!, Is.Not.Empty);
            JsonNode[] kernels = [.. device["kernels"]!.AsArray().Select(kernel => kernel!)];
            Assert.That(kernels.Select(kernel => (string?)kernel["problem"]), Is.All.Null);
            string[] checkedKernels = [.. kernels.SelectMany(kernel => ((string)kernel["kernels"]!).Split(", "))];
            Assert.That(checkedKernels, Is.SupersetOf(AllKernels));
            Assert.That(checkedKernels, Has.Some.EqualTo("winograd_output").Or.Some.EqualTo("winograd_multiply"), "a device takes one of them");
        }
    }

    [Test]
    public void A_native_library_that_is_there_is_told_with_what_it_can()
    {
        TestDevices.RequireNative();
        CliRun run = Examine(CommandProcess.Folder, (ClLoader.LibraryVariable, NoLoader));
        JsonNode native = run.Json["native"]!;
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.Zero);
            Assert.That((string)native["situation"]!, Is.EqualTo("works"));
            AssertSentence(native, "The native library works");
            Assert.That((string)native["file"]!, Does.StartWith(CommandProcess.Folder).And.Contains("convoy_native"));
            Assert.That((uint)native["abi_version"]!, Is.EqualTo(NativeMethods.AbiVersion));
            Assert.That(native["instruction_sets"]!.AsArray().Select(each => (string)each!), Does.Contain("scalar").And.Contain((string)native["instruction_set"]!));
            Assert.That((double)run.Json["peak_gflops_per_second"]!, Is.Positive);
            Assert.That((double)run.Json["peak_gbytes_per_second"]!, Is.Positive);
        });
    }

    [Test]
    public void A_native_library_that_was_deleted_is_told_with_every_place_looked_at()
    {
        CliRun run = Examine(_withoutNative.Root);
        JsonNode native = run.Json["native"]!;
        Assert.Multiple(() =>
        {
            Assert.That((string)native["situation"]!, Is.EqualTo("no_library"));
            AssertSentence(native, "The native library 'convoy_native' was not found", "build again");
            Assert.That(native["looked_at"]!.AsArray().Select(each => (string)each!["name"]!), Has.Some.StartsWith(_withoutNative.Root));
            Assert.That(native["looked_at"]!.AsArray().Select(each => (bool)each!["loads"]!), Is.All.False);
            Assert.That(native["abi_version"], Is.Null);
            Assert.That(run.Json["peak_gflops_per_second"], Is.Null);
            AssertExitCodeFits(run);
        });
    }

    [Test]
    [Platform(Include = "Linux")]
    public void A_native_library_that_is_damaged_is_told_apart_from_one_that_is_missing()
    {
        string file = _withoutNative["libconvoy_native.so"];
        File.WriteAllText(file, "no library");
        try
        {
            JsonNode native = Examine(_withoutNative.Root, (ClLoader.LibraryVariable, NoLoader)).Json["native"]!;
            Assert.That((string)native["situation"]!, Is.EqualTo("unusable_library"));
            AssertSentence(native, file, "is there but cannot be loaded");
        }
        finally
        {
            File.Delete(file);
        }
    }

    [TestCase("__kernel void probe(", "not_built", "cannot build a kernel (CL_BUILD_PROGRAM_FAILURE: ")]
    [TestCase("__kernel void probe(const float scale, __global const float *x, __global float *y) { y[get_global_id(0)] = 10; }", "wrong_numbers", "63 of 64")]
    public void A_device_that_cannot_run_a_kernel_is_told(string source, string outcome, string complaint)
    {
        TestDevices.RequireOpenCl();
        using var kernels = new TemporaryFolder();
        kernels.Write("probe.cl", source);
        CliRun run = Examine(_withoutNative.Root, (KernelSource.FolderVariable, kernels.Root));
        JsonNode openCl = run.Json["opencl"]!;
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(1));
            Assert.That((string)openCl["situation"]!, Is.EqualTo("no_working_device"));
            AssertSentence(openCl, complaint, $"correct or unset {KernelSource.FolderVariable}");
            Assert.That((string)openCl["platforms"]![0]!["devices"]![0]!["kernel"]!, Is.EqualTo(outcome));
            AssertRemedies(openCl, "apt-get install --reinstall", "dnf reinstall", "apk fix", "newest driver", "part of macOS");
        });
    }

    [Test]
    public void The_cache_folder_is_told_and_that_it_can_be_written()
    {
        using var above = new TemporaryFolder();
        string folder = above["cache"];
        JsonNode cache = ExamineCache(folder);
        AssertSentence(cache, "can be written", folder);
        Assert.That(
            cache["folders"]!.AsArray().Select(each => ((string)each!["keeps"]!, (string)each["path"]!, (bool)each["is_usable"]!)),
            Is.EqualTo(new[] { ("tuning", folder, true), ("programs", folder, true), ("drivers", folder, true) }));
        Assert.That(Directory.GetFiles(folder).Select(Path.GetFileName), Is.SubsetOf(["opencl-drivers.json"]), "what was written to try is gone");
    }

    [Test]
    public void A_cache_folder_that_cannot_be_written_is_told_with_what_to_do()
    {
        using var above = new TemporaryFolder();
        string folder = Path.Combine(above.Write("file", "no folder"), "cache");
        JsonNode cache = ExamineCache(folder);
        AssertSentence(cache, $"The cache folder '{folder}' cannot be used (it cannot be written: ", "measures or builds again", "set CONVOY_CACHE to a folder that is");
        Assert.That(cache["folders"]!.AsArray().Select(each => (bool)each!["is_usable"]!), Has.Exactly(3).False);
        Assert.That((string)cache["folders"]![0]!["problem"]!, Is.Not.Empty);
    }

    [Test]
    [Platform(Include = "Linux")]
    [SupportedOSPlatform("linux")]
    public void Under_umask_0_every_folder_of_the_cache_is_the_users_alone()
    {
        using var above = new TemporaryFolder();
        CliRun run = CommandProcess.RunUnderUmask0(
            _withoutNative.Root, [(ClLoader.LibraryVariable, NoLoader), ("CONVOY_CACHE", ""), ("XDG_CACHE_HOME", above["caches"])], "doctor", "--output", "json");
        AssertSentence(run.Json["cache"]!, "can be written");
        Assert.That(
            new[] { "caches", "caches/convoy", "caches/convoy/tuning", "caches/convoy/programs" }.Select(each => File.GetUnixFileMode(above[each])),
            Is.All.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
    }

    [TestCase("cache")]
    [TestCase("")]
    [Platform(Include = "Linux")]
    [SupportedOSPlatform("linux")]
    public void A_cache_folder_that_others_may_write_to_or_that_lies_in_such_a_one_is_told_with_what_to_do(string shared)
    {
        using var above = new TemporaryFolder();
        string folder = above["cache"];
        Directory.CreateDirectory(folder);
        string path = shared.Length == 0 ? above.Root : above[shared];
        File.SetUnixFileMode(path, (UnixFileMode)0b111_111_111);
        JsonNode cache = ExamineCache(folder);
        AssertSentence(
            cache, $"The cache folder '{folder}' cannot be used (others may write to '{path}', of mode 777)",
            "measures or builds again", $"chmod go-w '{path}'", "set CONVOY_CACHE to a folder of your own");
        Assert.That((bool)cache["folders"]![0]!["is_usable"]!, Is.False);
        Assert.That(Directory.GetFileSystemEntries(folder), Is.Empty);
    }

    [Test]
    [Platform(Include = "Linux")]
    [SupportedOSPlatform("linux")]
    public void A_cache_folder_of_another_user_is_told_with_what_to_do()
    {
        using var above = new TemporaryFolder();
        string folder = above["cache"];
        Directory.CreateDirectory(folder);
        SpecialFile.GiveAway(folder);
        AssertSentence(
            ExamineCache(folder), $"The cache folder '{folder}' cannot be used ('{folder}' belongs to another user, 65534)", "set CONVOY_CACHE to a folder of your own");
    }

    [Test]
    [Platform(Include = "Linux")]
    public void Without_a_home_folder_there_is_no_cache_even_where_a_driver_makes_that_folder()
    {
        using var above = new TemporaryFolder();

        // No kernel at all, which would be compiled anew without a home.
        CliRun run = Examine(_withoutNative.Root, ("CONVOY_CACHE", ""), ("XDG_CACHE_HOME", ""), ("HOME", above["home"]), (KernelSource.FolderVariable, _empty.Root));
        AssertSentence(run.Json["cache"]!, "This user has no home folder to keep a cache in", "set CONVOY_CACHE");
        Assert.That(Directory.Exists(above["home/.cache/convoy"]), Is.False);
    }

    [Test]
    [Platform(Include = "Linux")]
    public void A_cache_folder_relative_to_a_working_folder_that_was_removed_is_told_and_all_else_goes_on()
    {
        CliRun doctor = CommandProcess.RunInRemovedFolder(
            _withoutNative.Root, [(ClLoader.LibraryVariable, NoLoader), ("CONVOY_CACHE", "relative")], "doctor", "--output", "json");
        AssertSentence(
            doctor.Json["cache"]!, "The cache folder 'relative' cannot be used ('relative': it is relative to the working folder, which was removed)",
            "set CONVOY_CACHE to another folder of your own");
        CliRun other = CommandProcess.RunInRemovedFolder(CommandProcess.Folder, [("CONVOY_CACHE", "relative")], "profile", "lenet5", "--device", "native");
        Assert.That((other.ExitCode, other.Error), Is.EqualTo((0, "")));
    }

    [TestCase("convolutions.json", 0)]
    [TestCase("0123456789abcdef0123456789abcdef.clbin", 1)]
    [Platform(Include = "Linux")]
    public void A_fifo_named_as_a_cache_file_is_told_with_what_to_do(string name, int which)
    {
        using var above = new TemporaryFolder();
        string folder = above["cache"];
        Directory.CreateDirectory(folder);
        SpecialFile.Make(SpecialFile.Fifo, above[$"cache/{name}"]);
        JsonNode cache = ExamineCache(folder);
        AssertSentence(
            cache, $"The cache folder '{folder}' cannot be used ('{above[$"cache/{name}"]}': it is a FIFO, not a regular file)", "remove that file");
        Assert.That((bool)cache["folders"]![which]!["is_usable"]!, Is.False);
    }

    [Test]
    public void A_cache_that_is_off_is_told() =>
        AssertSentence(ExamineCache("off"), "The cache is disabled (CONVOY_CACHE=off)");

    [TestCase("table")]
    [TestCase("csv")]
    [TestCase("md")]
    public void Every_form_names_what_is_missing(string form)
    {
        using var above = new TemporaryFolder();
        string cache = above["cache"];
        CliRun run = CommandProcess.Run(_withoutNative.Root, [(ClLoader.LibraryVariable, NoLoader), ("CONVOY_CACHE", cache)], "doctor", "--output", form);
        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Error, Is.Empty);
        Assert.That(run.Out, Does.Contain(NoLoader).And.Match("convoy.{0,3}native").And.Contains(cache).And.Contains("can be written"));
        if (form != "csv")
        {
            Assert.That(run.Out, Does.Contain("ocl-icd-libopencl1").And.Contain("Only the device 'reference' can be used").And.Contain("The cache can be written"));
        }
    }

    private static CliRun Examine(string folder, params (string Name, string Value)[] variables)
    {
        CliRun run = CommandProcess.Run(folder, variables, "doctor", "--output", "json");
        TestContext.Out.WriteLine($"{run.Out}\n{run.Error}");
        Assert.That(run.ErrorLines, Has.None.Contains("convoy:"));
        return run;
    }

    /// <summary>What is reported of the cache, with CONVOY_CACHE as given, where nothing else takes time.</summary>
    private JsonNode ExamineCache(string folder) =>
        Examine(_withoutNative.Root, (ClLoader.LibraryVariable, NoLoader), ("CONVOY_CACHE", folder)).Json["cache"]!;

    private static void AssertSentence(JsonNode diagnosis, params string[] parts)
    {
        string sentence = (string)diagnosis["sentence"]!;
        Assert.That(sentence, Does.EndWith(".").And.Not.Contains("\n"));
        Array.ForEach(parts, part => Assert.That(sentence, Does.Contain(part)));
    }

    private static void AssertRemedies(JsonNode diagnosis, params string[] actions)
    {
        JsonNode[] remedies = [.. diagnosis["remedies"]!.AsArray().Select(each => each!)];
        Assert.That(remedies.Select(each => (string)each["system"]!), Is.EquivalentTo(Systems));
        Assert.That(remedies.Select(each => (bool)each["is_for_this_system"]!), Is.Ordered.Descending, "this system comes first");
        foreach ((string system, string action) in Systems.Zip(actions))
        {
            Assert.That((string)remedies.Single(each => (string)each["system"]! == system)["action"]!, Does.Contain(action));
        }
    }

    private static void AssertExitCodeFits(CliRun run)
    {
        bool works = (bool)run.Json["native"]!["works"]! || (bool)run.Json["opencl"]!["works"]!;
        Assert.That((bool)run.Json["has_fast_device"]!, Is.EqualTo(works));
        Assert.That(run.ExitCode, Is.EqualTo(works ? 0 : 1));
    }

    private static void IgnoreWithoutLoader()
    {
        if (ClLoader.Shared.Problem is { } problem)
        {
            Assert.Ignore($"Skipped: {problem}");
        }
    }
}
