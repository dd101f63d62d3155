using System.Diagnostics;
using System.Text.Json.Nodes;
using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Tests.Cli;

/// <summary>The command line where an OpenCL driver aborts, exits, hangs or crashes: nothing but that driver is lost.</summary>
[Platform(Include = "Linux")]
public sealed class BadDriverTests
{
    private const string Patience = "CONVOY_OPENCL_TIMEOUT";
    private const string Abort = "#include <stdlib.h>\n__attribute__((constructor)) static void begin(void) { abort(); }\n";
    private const string Hang = "#include <unistd.h>\n__attribute__((constructor)) static void begin(void) { for (;;) pause(); }\n";
    private const string Harmless = "int nothing;\n";

    // A library that stays loaded until the process ends, whatever the loader makes of it.
    private const string Staying =
        "#define _GNU_SOURCE\n#include <dlfcn.h>\n#include <stdlib.h>\n#include <unistd.h>\n"
        + "__attribute__((constructor)) static void begin(void) { Dl_info self; dladdr((void *)begin, &self); dlopen(self.dli_fname, RTLD_NOW | RTLD_NODELETE); }\n"
        + "__attribute__((destructor)) static void end(void) { %BODY% }\n";

    // How a driver is asked for its platforms, by every loader.
    private const string Entry =
        "#include <string.h>\n#include <unistd.h>\n"
        + "int clIcdGetPlatformIDsKHR(unsigned count, void **platforms, unsigned *found) { %BODY% return 0; }\n"
        + "void *clGetExtensionFunctionAddress(const char *name) { return strcmp(name, \"clIcdGetPlatformIDsKHR\") ? 0 : (void *)clIcdGetPlatformIDsKHR; }\n"
        + "int clGetPlatformInfo(void *platform, unsigned name, unsigned long size, void *value, unsigned long *needed) { return -30; }\n";

    // A command that names no device and is soon done.
    private static readonly string[] Bench = ["bench", "lenet5", "--batch", "1", "--seconds", "0.1"];

    private static readonly Dictionary<string, (string Source, string What)> Drivers = new()
    {
        ["aborts"] = (Abort, "ended the process that tried it (SIGABRT)"),
        ["exits"] = ("#include <stdlib.h>\n__attribute__((constructor)) static void begin(void) { exit(0); }\n", "ended the process that tried it (exit code 0)"),
        ["crashes"] = (Entry.Replace("%BODY%", "*(volatile int *)0 = 1;", StringComparison.Ordinal), "ended the process that tried it (SIGSEGV)"),
        ["ends-badly"] = (Staying.Replace("%BODY%", "abort();", StringComparison.Ordinal), "ended the process that tried it (SIGABRT)"),
    };

    // Each costs its patience.
    private static readonly Dictionary<string, string> HangingDrivers = new()
    {
        ["hangs"] = Hang,
        ["waits"] = Entry.Replace("%BODY%", "for (;;) pause();", StringComparison.Ordinal),
        ["stays"] = Staying.Replace("%BODY%", "for (;;) pause();", StringComparison.Ordinal),
    };

    private TemporaryFolder _folder = null!;
    private TemporaryFolder _vendors = null!;
    private TemporaryFolder _cache = null!;

    private static IEnumerable<string> Names => Drivers.Keys;

    private (string, string)[] Variables =>
        [("OCL_ICD_VENDORS", _vendors.Root), ("OCL_ICD_FILENAMES", ""), ("CONVOY_CACHE", _cache.Root), (Patience, "60")];

    private static IEnumerable<string> HangingNames => HangingDrivers.Keys;

    [SetUp]
    public void MakeFolders() => (_folder, _vendors, _cache) = (new TemporaryFolder(), new TemporaryFolder(), new TemporaryFolder());

    [TearDown]
    public void DeleteFolders() => Array.ForEach([_folder, _vendors, _cache], folder => folder.Dispose());

    [TestCaseSource(nameof(Names))]
    public void No_command_falls_with_a_bad_driver_and_doctor_says_what_to_do(string driver)
    {
        if (driver == "crashes")
        {
            IgnoreWithoutLoader();
        }

        (string library, string registration) = Plant(driver);
        string what = Drivers[driver].What;

        CliRun devices = Run("devices", "--no-measure", "--output", "json");
        Assert.That(devices.ExitCode, Is.Zero);
        AssertNames((string)devices.Json.AsArray().Single(each => (string)each!["name"]! == $"opencl:{driver}.so")!["reason"]!, library, registration, what);
        Assert.That(devices.Json.AsArray().Where(each => (bool)each!["usable"]!).Select(each => (string)each!["name"]!), Does.Contain("reference"));

        CliRun bench = Run(Bench);
        Assert.That(bench.ExitCode, Is.Zero);
        AssertNames(bench.ErrorLines.Single(line => line.Contains(library, StringComparison.Ordinal)), library, registration, what);

        CliRun doctor = Run("doctor", "--output", "json");
        JsonNode openCl = doctor.Json["opencl"]!;
        Assert.Multiple(() =>
        {
            Assert.That(doctor.ExitCode, Is.EqualTo(Device.Native.IsAvailable ? 0 : 1));
            Assert.That((string)openCl["situation"]!, Is.EqualTo(ClLoader.Shared.Problem is null ? "no_driver" : "no_loader"));
            AssertNames((string)openCl["problems"]!.AsArray()[0]!, library, registration, what);
            JsonNode listed = openCl["drivers"]!.AsArray().Single()!;
            Assert.That(((string)listed["library"]!, (bool)listed["loads"]!), Is.EqualTo((library, false)));
            Assert.That((string)listed["problem"]!, Does.Contain(what));
        });
    }

    [TestCaseSource(nameof(HangingNames))]
    public void A_driver_that_hangs_is_passed_over(string driver)
    {
        if (driver == "waits")
        {
            IgnoreWithoutLoader();
        }

        string library = Register(driver, HangingDrivers[driver]);
        CliRun devices = Run([(Patience, "4")], "devices", "--no-measure", "--output", "json");
        Assert.That(devices.ExitCode, Is.Zero);
        AssertNames(
            (string)devices.Json.AsArray().Single(each => (string)each!["name"]! == $"opencl:{driver}.so")!["reason"]!,
            library, _vendors[$"{driver}.icd"], $"within 4 seconds ({Patience} would give it more)");
    }

    [Test]
    public void A_trial_that_somebody_ends_is_no_leave_to_load_the_driver_and_is_not_kept()
    {
        Register("ended", "#include <signal.h>\n__attribute__((constructor)) static void begin(void) { raise(SIGKILL); }\n");
        CliRun devices = Run("devices", "--no-measure", "--output", "json");
        Assert.That(devices.ExitCode, Is.Zero);
        Assert.That(
            (string)devices.Json.AsArray().Single(each => (string)each!["name"]! == "opencl")!["reason"]!,
            Does.Contain("was not tried to the end (SIGKILL)").And.EndsWith("try once more."));
        CliRun bench = Run(Bench);
        Assert.That(bench.ExitCode, Is.Zero);
        Assert.That(bench.Error, Does.Contain("was not tried to the end (SIGKILL)"));
        Assert.That(Directory.GetFiles(_cache.Root, "opencl-drivers.json", SearchOption.AllDirectories), Is.Empty);
    }

    [Test]
    public void A_trial_ends_with_the_process_that_started_it_even_in_a_driver_that_hangs()
    {
        string log = _folder["loads"];
        Register("orphan", Counting(log, "for (;;) pause();"));
        using Process command = CommandProcess.Start([.. Variables, (Patience, "3600")], "devices", "--no-measure");
        Assert.That(SpinUntil(() => File.Exists(log) && File.ReadAllText(log).EndsWith('\n')), "the trial does not begin");
        string trial = $"/proc/{File.ReadAllText(log).Trim()}/cmdline";
        Assert.That(IsAlive(trial));
        command.Kill();
        Assert.That(SpinUntil(() => !IsAlive(trial)), $"{trial} is still there");

        static bool SpinUntil(Func<bool> condition) => SpinWait.SpinUntil(condition, TimeSpan.FromMinutes(1));

        // What has ended and nobody has asked about has an empty one.
        static bool IsAlive(string commandLine)
        {
            try
            {
                return File.ReadAllText(commandLine).Length > 0;
            }
            catch (IOException)
            {
                return false;
            }
        }
    }

    [Test]
    public void A_trial_that_all_drivers_survive_is_not_repeated_one_by_one()
    {
        string log = _folder["loads"];
        Register("first", Counting(log, ""));
        Register("second", Counting(log, ""));
        Run("doctor");
        Assert.That(File.ReadLines(log).Distinct().Count(), Is.EqualTo(2), "a child, and then the command itself");
    }

    [Test]
    public void Devices_and_doctor_give_one_reason_for_no_driver([Values(null, "libNoSuchDriver.so.7", "")] string? library)
    {
        IgnoreWithoutLoader();
        string registration = library is null ? _vendors.Root : _vendors.Write("broken.icd", $"{library}\n");
        string reason = Run("devices", "--no-measure", "--output", "json").Json.AsArray()
            .Select(each => (Name: (string)each!["name"]!, Reason: (string?)each["reason"]))
            .Single(each => each.Name.StartsWith("opencl", StringComparison.Ordinal)).Reason!;
        Assert.That(reason, Does.Contain(registration).And.Contain(library is null ? "no driver is registered" : "cannot be loaded"));
        Assert.That((string)Run("doctor", "--output", "json").Json["opencl"]!["sentence"]!, Is.EqualTo(reason));
    }

    [Test]
    public void A_registration_that_does_not_load_is_listed_beside_a_working_driver()
    {
        Device good = TestDevices.RequireOpenCl()[0];
        RegisterInstalled();
        string registration = _vendors.Write("broken.icd", "libNoSuchDriver.so.7\n");
        CliRun devices = Run("devices", "--no-measure", "--output", "json");
        Assert.That(devices.Json.AsArray().Select(each => ((string)each!["description"]!, (bool)each["usable"]!)), Does.Contain((good.Description, true)));
        JsonNode broken = devices.Json.AsArray().Single(each => (string)each!["name"]! == "opencl:libNoSuchDriver.so.7")!;
        AssertNames((string)broken["reason"]!, "libNoSuchDriver.so.7", registration, "cannot be loaded");
        Assert.That(Run(Bench).Error, Does.Not.Contain("libNoSuchDriver"), "only who asks hears of it");
    }

    [Test]
    public void A_command_that_names_no_device_goes_on_where_no_driver_was_tried_before()
    {
        (string library, string registration) = Plant("aborts");
        CliRun run = Run(Bench);
        Assert.That(run.ExitCode, Is.Zero);
        AssertNames(run.ErrorLines.Single(line => line.Contains(library, StringComparison.Ordinal)), library, registration, Drivers["aborts"].What);
    }

    [Test]
    public void A_bad_driver_asked_for_by_name_is_refused_with_the_reason([Values("opencl", "opencl:0", "opencl:aborts")] string device)
    {
        (string library, string registration) = Plant("aborts");
        CliRun run = Run("bench", "lenet5", "--device", device);
        Assert.That(run.ExitCode, Is.EqualTo(3));
        AssertNames(run.ErrorLines.Single(), library, registration, Drivers["aborts"].What);
    }

    [Test]
    public void A_bad_driver_takes_no_good_one_with_it()
    {
        Device good = TestDevices.RequireOpenCl()[0];
        Plant("aborts");
        RegisterInstalled();
        CliRun devices = Run("devices", "--no-measure", "--output", "json");
        Assert.That(
            devices.Json.AsArray().Select(each => ((string)each!["description"]!, (bool)each["usable"]!)),
            Does.Contain((good.Description, true)).And.Contains(($"OpenCL driver {_folder["aborts.so"]}", false)));
        JsonNode openCl = Run("doctor", "--output", "json").Json["opencl"]!;
        Assert.That((string)openCl["situation"]!, Is.EqualTo("works"));
        Assert.That((string)openCl["problems"]!.AsArray().Single()!, Does.Contain(_folder["aborts.so"]));
    }

    [Test]
    public void A_bad_driver_is_told_where_a_good_one_is_asked_for_by_name([Values("opencl", "opencl:0")] string device)
    {
        TestDevices.RequireOpenCl();
        (string library, string registration) = Plant("aborts");
        RegisterInstalled();
        CliRun run = Run([.. Bench, "--device", device]);
        Assert.That(run.ExitCode, Is.Zero);
        AssertNames(run.ErrorLines.Single(line => line.Contains(library, StringComparison.Ordinal)), library, registration, Drivers["aborts"].What);
        Assert.That(Run([.. Bench, "--device", "reference"]).Error, Does.Not.Contain(library), "only who uses OpenCL hears of it");
    }

    [Test]
    public void A_patience_that_is_no_number_of_seconds_is_refused([Values("abc", "-1", "0", "NaN", "1,5", "1e7", "0.0001")] string patience)
    {
        string[][] commands = [["devices"], ["doctor"], [.. Bench, "--device", "opencl"]];
        foreach (string[] command in commands)
        {
            CliRun run = Run([(Patience, patience)], command);
            Assert.That(run.ExitCode, Is.EqualTo(2));
            Assert.That(run.Out, Is.Empty);
            Assert.That(run.ErrorLines.Single(), Does.Contain($"{Patience} is '{patience}'"));
        }
    }

    [Test]
    public void A_patience_that_no_driver_meets_is_told()
    {
        Register("hangs", Hang);
        CliRun devices = Run([(Patience, "0.001")], "devices", "--no-measure");
        Assert.That(devices.ExitCode, Is.Zero);
        Assert.That(devices.Out, Does.Contain($"within 0.001 seconds ({Patience} would give it more)"));
    }

    [Test]
    public void What_a_driver_prints_gets_into_no_result()
    {
        Register("talks", "#include <unistd.h>\n__attribute__((constructor)) static void begin(void) { (void)!write(1, \"JUNK\\n\", 5); }\n");
        CliRun devices = Run("devices", "--no-measure", "--output", "json");
        Assert.That(devices.ExitCode, Is.Zero);
        Assert.That(devices.Out, Does.StartWith("[").And.Not.Contain("JUNK"));
        Assert.That(devices.Error, Does.Contain("JUNK"));
    }

    [Test]
    public void A_driver_is_tried_once_and_again_when_it_is_replaced()
    {
        string log = _folder["loads"];
        string library = Register("counted", Counting(log, "abort();"));
        AssertIsPassedOver(true);
        int tries = Tries();
        Assert.That(tries, Is.Positive);
        AssertIsPassedOver(true);
        Assert.That(Tries(), Is.EqualTo(tries), "what is known is not tried again");
        Run("doctor");
        Assert.That(Tries(), Is.GreaterThan(tries), "doctor tries again");

        File.Delete(library);
        Register("counted", Harmless);
        AssertIsPassedOver(false);

        int Tries() => File.ReadLines(log).Count();

        void AssertIsPassedOver(bool expected) =>
            Assert.That(Run("devices", "--no-measure").Out.Contains("opencl:counted.so", StringComparison.Ordinal), Is.EqualTo(expected));
    }

    [Test]
    public void A_good_driver_is_tried_once()
    {
        IgnoreWithoutLoader();
        string log = _folder["loads"];
        Register("good", Counting(log, ""));
        Run("devices", "--no-measure");
        Assert.That(File.ReadLines(log).Distinct().Count(), Is.EqualTo(2), "a child, and then the command itself");
        Run("devices", "--no-measure");
        Assert.That(File.ReadLines(log).Distinct().Count(), Is.EqualTo(3), "the command itself");
    }

    [Test]
    public void A_verdict_that_cannot_be_read_counts_as_none()
    {
        (string library, _) = Plant("aborts");
        _cache.Write("opencl-drivers.json", """{ "Verdict": null }""");
        Assert.That(Run("devices", "--no-measure").Out, Does.Contain(library));
    }

    [Test]
    public void A_bad_driver_that_a_variable_names_is_mended_there()
    {
        string library = PlantedLibrary.Build(_folder, "named.so", Abort);
        CliRun run = Run([("OCL_ICD_VENDORS", library)], "devices", "--no-measure");
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(run.Out, Does.Contain(library).And.Contain("or correct or unset OCL_ICD_VENDORS"));
    }

    [Test]
    public void Drivers_that_fall_out_with_each_other_are_both_passed_over()
    {
        IgnoreWithoutLoader();
        foreach ((string name, string other) in (ReadOnlySpan<(string, string)>)[("first", "second"), ("second", "first")])
        {
            Register(name, AbortBeside($"{other}.so"));
        }

        CliRun run = Run("devices", "--no-measure", "--output", "json");
        Assert.That(run.ExitCode, Is.Zero);
        string[] reasons = [.. run.Json.AsArray().Select(each => (string?)each!["reason"]).OfType<string>().Where(reason => reason.Contains("together", StringComparison.Ordinal))];
        Assert.That(reasons, Has.Some.Contains(_folder["first.so"]).And.Some.Contains(_folder["second.so"]).And.All.Contains("SIGABRT"));
    }

    [TestCase(Abort, TestName = "A_loader_that_aborts_when_it_is_loaded_is_told")]
    [TestCase("#include <stdlib.h>\nint clEnqueueFillBuffer;\nint clGetPlatformIDs(void) { abort(); }\n", TestName = "A_loader_that_aborts_when_it_is_asked_is_told")]
    public void A_loader_that_aborts_is_told(string source)
    {
        string loader = PlantedLibrary.Build(_folder, "loader.so", source);
        Register("innocent", Harmless);
        CliRun run = Run([(ClLoader.LibraryVariable, loader)], "doctor", "--output", "json");
        JsonNode openCl = run.Json["opencl"]!;
        Assert.That((string)openCl["situation"]!, Is.EqualTo("no_loader"));
        Assert.That((string)openCl["sentence"]!, Does.Contain(loader).And.Contain("SIGABRT").And.Contain(ClLoader.LibraryVariable).And.EndsWith("."));
        Assert.That((string)openCl["drivers"]!.AsArray().Single()!["problem"]!, Is.EqualTo("not tried, for want of a loader"));
    }

    [Test]
    public void A_loader_that_hangs_is_told_with_the_patience_that_was_asked_for()
    {
        string loader = PlantedLibrary.Build(_folder, "loader.so", Hang);
        Register("innocent", Harmless);
        CliRun devices = Run([(ClLoader.LibraryVariable, loader), (Patience, "2")], "devices", "--no-measure");
        Assert.That(devices.Out, Does.Contain(loader).And.Contain($"did not answer within 2 seconds ({Patience} would give it more)"));
    }

    [Test]
    public void The_patience_with_drivers_does_not_count_where_there_is_none()
    {
        // A loader that is slower than that without the driver, and aborts with it.
        string loader = PlantedLibrary.Build(
            _folder, "loader.so",
            $$"""
            #include <stdlib.h>
            #include <string.h>
            #include <unistd.h>
            int clEnqueueFillBuffer;
            int clGetPlatformIDs(void)
            {
                if (!strcmp(getenv("OCL_ICD_VENDORS"), "{{_vendors.Root}}"))
                    abort();
                sleep(4);
                return -1001;
            }
            """);
        string library = Register("guilty", Harmless);
        CliRun devices = Run([(ClLoader.LibraryVariable, loader), (Patience, "3")], "devices", "--no-measure", "--output", "json");
        AssertNames(
            (string)devices.Json.AsArray().Single(each => (string)each!["name"]! == "opencl:guilty.so")!["reason"]!,
            library, _vendors["guilty.icd"], "SIGABRT");
    }

    private static void AssertNames(string sentence, string library, string registration, string what) =>
        Assert.That(sentence, Does.Contain(library).And.Contain(what).And.Contain($"delete '{registration}'").And.Not.Contain("\n"));

    /// <summary>A library that writes a line with the process's number whenever it is loaded, and then does something.</summary>
    private static string Counting(string log, string then) =>
        $$"""
        #include <stdio.h>
        #include <stdlib.h>
        #include <unistd.h>
        __attribute__((constructor)) static void begin(void)
        {
            FILE *file = fopen("{{log}}", "a");
            fprintf(file, "%d\n", (int)getpid());
            fclose(file);
            {{then}}
        }
        """;

    /// <summary>A library that aborts in a process that has loaded another one.</summary>
    private static string AbortBeside(string other) =>
        $$"""
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        __attribute__((constructor)) static void begin(void)
        {
            char line[4096];
            FILE *maps = fopen("/proc/self/maps", "r");
            while (fgets(line, sizeof line, maps))
                if (strstr(line, "/{{other}}"))
                    abort();
            fclose(maps);
        }
        """;

    private static void IgnoreWithoutLoader()
    {
        if (ClLoader.Shared.Problem is { } problem)
        {
            Assert.Ignore($"Skipped: {problem}");
        }
    }

    private (string Library, string Registration) Plant(string driver) =>
        (Register(driver, Drivers[driver].Source), _vendors[$"{driver}.icd"]);

    private string Register(string name, string source)
    {
        string library = PlantedLibrary.Build(_folder, $"{name}.so", source);
        _vendors.Write($"{name}.icd", $"{library}\n");
        return library;
    }

    /// <summary>Registers the drivers of this machine beside those that are planted.</summary>
    private void RegisterInstalled()
    {
        foreach (ClVendorFile registered in ClVendors.Find(_ => null).Files)
        {
            _vendors.Write(Path.GetFileName(registered.File), $"{registered.Library}\n");
        }
    }

    /// <summary>Runs the command with the planted drivers alone.</summary>
    private CliRun Run(params string[] arguments) => Run([], arguments);

    private CliRun Run((string Name, string Value)[] further, params string[] arguments)
    {
        CliRun run = CommandProcess.Run(CommandProcess.Folder, [.. Variables, .. further], arguments);
        TestContext.Out.WriteLine($"convoy {string.Join(' ', arguments)} -> {run.ExitCode}\n{run.Out}\n{run.Error}");
        return run;
    }
}
