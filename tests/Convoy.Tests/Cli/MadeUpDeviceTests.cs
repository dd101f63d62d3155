using System.Text.Json.Nodes;
using Convoy.Backends.OpenCL.Interop;
using Convoy.Cli.Common;

namespace Convoy.Tests.Cli;

/// <summary>
/// The command line where a graphics card, "opencl:0", cannot begin, and a sound device, "opencl:1", can: in a list it is told and
/// the others go on, alone it is an error, and where nobody names one another takes its place.
/// </summary>
[Platform(Include = "Linux")]
public sealed class MadeUpDeviceTests
{
    private const string Fault = "MADE_UP_FAULT";
    private const string Patience = "CONVOY_OPENCL_TIMEOUT";

    // Hands all calls on to the loader that is installed, but tells of a device before its first, which is that one in disguise.
    private const string Source =
        """
        #include <dlfcn.h>
        #include <stdint.h>
        #include <stdlib.h>
        #include <string.h>
        #include <unistd.h>

        static char card;
        static void *sound, *probe;

        static int fails(const char *what) { return !strcmp(getenv("MADE_UP_FAULT"), what); }

        static void hang(const char *where) {
            while (fails(where))
                pause();
        }

        static void *loader(const char *name) {
            static void *library;
            if (!library)
                library = dlopen("%LOADER%", RTLD_NOW);
            return dlsym(library, name);
        }

        static void *real(void *device) { return device == &card ? sound : device; }

        int clGetDeviceIDs(void *platform, uint64_t type, unsigned room, void **devices, unsigned *count) {
            int (*next)(void *, uint64_t, unsigned, void **, unsigned *) = loader("clGetDeviceIDs");
            int status = next(platform, type, 1, &sound, 0);
            if (count)
                *count = 2;
            if (devices)
                devices[0] = &card, devices[1] = sound;
            return status;
        }

        int clGetDeviceInfo(void *device, unsigned name, size_t room, void *value, size_t *size) {
            int (*next)(void *, unsigned, size_t, void *, size_t *) = loader("clGetDeviceInfo");
            int status = next(real(device), name, room, value, size);
            if (device == &card && name == 0x1000 && value)
                *(uint64_t *)value = 4;
            return status;
        }

        void *clCreateContext(void *properties, unsigned count, void **devices, void *notify, void *data, int *status) {
            void *(*next)(void *, unsigned, void **, void *, void *, int *) = loader("clCreateContext");
            void *device = real(devices[0]);
            hang("hang-context");
            if (devices[0] == &card && fails("context")) {
                *status = -6;
                return 0;
            }
            return next(properties, 1, &device, notify, data, status);
        }

        void *clCreateCommandQueue(void *context, void *device, uint64_t properties, int *status) {
            void *(*next)(void *, void *, uint64_t, int *) = loader("clCreateCommandQueue");
            if (device == &card && fails("queue")) {
                *status = -5;
                return 0;
            }
            return next(context, real(device), properties, status);
        }

        int clBuildProgram(void *program, unsigned count, void **devices, const char *options, void *notify, void *data) {
            int (*next)(void *, unsigned, void **, const char *, void *, void *) = loader("clBuildProgram");
            void *device = real(devices[0]);
            static int builds;
            hang("hang-build");
            if (devices[0] != &card && fails("crash") && ++builds > 1)
                abort();
            int refuses = devices[0] == &card && !(fails("network") && program == probe);
            return refuses ? -11 : next(program, 1, &device, options, notify, data);
        }

        int clGetKernelWorkGroupInfo(void *kernel, void *device, unsigned name, size_t room, void *value, size_t *size) {
            int (*next)(void *, void *, unsigned, size_t, void *, size_t *) = loader("clGetKernelWorkGroupInfo");
            return next(kernel, real(device), name, room, value, size);
        }

        void *clCreateProgramWithBinary(void *context, unsigned count, void **devices, const size_t *lengths, const unsigned char **binaries, int *statuses, int *status) {
            void *(*next)(void *, unsigned, void **, const size_t *, const unsigned char **, int *, int *) = loader("clCreateProgramWithBinary");
            void *device = real(devices[0]);
            return next(context, 1, &device, lengths, binaries, statuses, status);
        }

        int clFinish(void *queue) {
            int (*next)(void *) = loader("clFinish");
            hang("hang-finish");
            return next(queue);
        }

        void *clCreateProgramWithSource(void *context, unsigned count, const char **texts, const size_t *lengths, int *status) {
            void *(*next)(void *, unsigned, const char **, const size_t *, int *) = loader("clCreateProgramWithSource");
            void *program = next(context, count, texts, lengths, status);
            if (!strncmp(texts[0], "#line 1 \"probe.cl\"", 18))
                probe = program;
            if (fails("chain") && !strncmp(texts[0], "#line 1 \"chain.cl\"", 18))
                abort();
            return program;
        }

        int clGetProgramBuildInfo(void *program, void *device, unsigned name, size_t room, void *value, size_t *size) {
            int (*next)(void *, void *, unsigned, size_t, void *, size_t *) = loader("clGetProgramBuildInfo");
            return next(program, real(device), name, room, value, size);
        }

        int clGetEventProfilingInfo(void *event, unsigned name, size_t room, void *value, size_t *size) {
            int (*next)(void *, unsigned, size_t, void *, size_t *) = loader("clGetEventProfilingInfo");
            int status = next(event, name, room, value, size);
            if (fails("times"))
                *(uint64_t *)value /= 1000;
            return status;
        }
        """;

    private static readonly Dictionary<string, string> Reasons = new()
    {
        ["context"] = "could not create a context",
        ["queue"] = "could not create a queue",
        ["build"] = "could not build a kernel file",
    };

    private TemporaryFolder _folder = null!;
    private string _loader = null!;

    [OneTimeSetUp]
    public void PlantLoader()
    {
        TestDevices.RequireOpenCl();
        _folder = new TemporaryFolder();
        string installed = ClLoader.Shared.Attempts[^1].Path!;
        _loader = PlantedLibrary.Build(_folder, "loader.so", Source.Replace("%LOADER%", installed, StringComparison.Ordinal), installed);
        _folder.WriteDigit("digit.png", 3);
    }

    [OneTimeTearDown]
    public void DeleteFolder() => _folder?.Dispose();

    [Test]
    public void A_device_that_cannot_be_opened_is_listed_as_one_that_cannot_be_used([Values("context", "queue")] string fault)
    {
        JsonNode[] devices = [.. Run(fault, "devices", "--no-measure", "--output", "json").Json.AsArray().Select(each => each!)];
        JsonNode card = devices.Single(each => (string)each["name"]! == "opencl:0");
        Assert.That((bool)card["usable"]!, Is.False);
        Assert.That((string)card["reason"]!, Does.Contain(Reasons[fault]));
        Assert.That((bool)devices.Single(each => (string)each["name"]! == "opencl:1")["usable"]!);
    }

    [Test]
    public void In_a_list_it_is_told_and_the_others_do_its_work([Values("context", "build")] string fault)
    {
        CliRun run = Classify(fault, "--device", "opencl:0,opencl:1");
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(run.Json[0]!["predictions"]!.AsArray(), Is.Not.Empty);
        Assert.That(run.ErrorLines, Has.Length.EqualTo(1));
        Assert.That(run.ErrorLines[0], Does.StartWith($"convoy: The device 'opencl:0' cannot begin, and the others do its work: {(fault == "build" ? "Layer" : "OpenCL")} ").And.Contains(Reasons[fault]).And.EndsWith("."));
    }

    [Test]
    public void Alone_it_is_an_error([Values("context", "build")] string fault)
    {
        CliRun run = Classify(fault, "--device", "opencl:0");
        Assert.That(run.ExitCode, Is.EqualTo(fault == "context" ? ExitCode.NoDevice : ExitCode.Failed));
        Assert.That(run.Out, Is.Empty);
        Assert.That(run.Error, Does.StartWith("convoy: error: ").And.Contains(Reasons[fault]));
    }

    [Test]
    public void Where_nobody_names_a_device_the_next_takes_its_place_and_that_is_told([Values("context", "build")] string fault)
    {
        CliRun run = Classify(fault);
        Assert.That(run.ExitCode, Is.Zero);
        string next = Device.Native.IsAvailable ? "native" : "opencl:1";
        Assert.That(run.ErrorLines, Has.Length.EqualTo(1));
        Assert.That(run.ErrorLines[0], Does.StartWith($"convoy: The device '{next}' is used because 'opencl:0' cannot be: OpenCL ").And.Contains(Reasons[fault]).And.EndsWith("."));
    }

    [Test]
    public void Where_nobody_names_a_device_and_it_refuses_a_network_the_next_computes_it_and_that_is_told()
    {
        CliRun run = Classify("network");
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(run.Json[0]!["predictions"]!.AsArray(), Is.Not.Empty);
        string next = Device.Native.IsAvailable ? "native" : "opencl:1";
        Assert.That(run.ErrorLines, Has.Length.EqualTo(1));
        Assert.That(run.ErrorLines[0], Does.StartWith($"convoy: The device '{next}' is used because 'opencl:0' cannot be: Layer ").And.Contains(Reasons["build"]).And.EndsWith("."));
    }

    [Test]
    public void A_bench_measures_the_others_and_tells_once_of_the_one_that_cannot_begin()
    {
        CliRun run = Run("context", "bench", "lenet5", "--batch", "1,2", "--iterations", "1", "--device", "opencl:0,opencl:1", "--output", "json");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Failed), "not all was measured that was asked for");
        Assert.That(run.Json.AsArray().Select(each => (string)each!["device"]!), Is.EqualTo(["opencl:1", "opencl:1"]));
        Assert.That(run.ErrorLines.Where(line => line.Contains("'opencl:0'", StringComparison.Ordinal)).ToArray(), Has.Length.EqualTo(1).And.One.Contains(Reasons["context"]));
    }

    [Test]
    public void Times_that_cannot_be_right_are_not_shown()
    {
        CliRun run = Run("times", "profile", "lenet5", "--batch", "64", "--runs", "2", "--device", "opencl:1", "--output", "json");
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(run.Error, Does.Contain("The driver's times of commands cannot be right: ").And.Contains("timed by the host's clock"));
        double busy = (double)run.Json["busy_ms"]!;
        Assert.That(busy, Is.GreaterThan(0.1 * (double)run.Json["wall_ms"]!).And.LessThanOrEqualTo((double)run.Json["wall_ms"]!));
    }

    [Test]
    public void A_compiler_that_crashes_over_a_kernel_does_not_take_the_doctor_along()
    {
        JsonNode[] devices = [.. Run("crash", "doctor", "--output", "json").Json["opencl"]!["platforms"]![0]!["devices"]!.AsArray().Select(each => each!)];
        JsonNode sound = devices.Single(each => (string)each["device"]! == "opencl:1");
        Assert.That((string)sound["kernel"]!, Is.EqualTo("right"), "the first that is built");
        JsonNode kernel = sound["kernels"]!.AsArray().Single()!;
        Assert.That(((bool)kernel["is_right"]!, (string)kernel["problem"]!), Is.EqualTo((false, "ended the process that checked it (SIGABRT)")));
        Assert.That((string)kernel["form"]!, Does.StartWith("conv"));
    }

    [Test]
    public void A_kernel_over_which_a_compiler_crashes_is_not_tried_a_second_time()
    {
        Assert.That(Classify("chain", "--device", "opencl:1").ExitCode, Is.EqualTo(128 + 6), "SIGABRT");
        CliRun second = Classify("chain", "--device", "opencl:1");
        Assert.That((second.ExitCode, second.Error), Is.EqualTo((0, "")));
        Assert.That(second.Json[0]!["predictions"]!.AsArray(), Is.Not.Empty);
    }

    [TestCase("context", "devices", "--no-measure")]
    [TestCase("build", "doctor")]
    [TestCase("finish", "bench", "lenet5", "--device", "opencl")]
    public void A_driver_that_hangs_once_it_is_to_do_something_is_passed_over(string call, params string[] command)
    {
        CliRun run = Run($"hang-{call}", command);
        string what = $"within 1 seconds ({Patience} would give it more)";
        if (command is ["bench", ..])
        {
            Assert.That((run.ExitCode, run.Out), Is.EqualTo((ExitCode.NoDevice, "")));
            Assert.That(run.ErrorLines.Single(), Does.Contain(what));
        }
        else
        {
            Assert.That(run.ExitCode, Is.EqualTo(command is ["devices", ..] || Device.Native.IsAvailable ? 0 : 1));
            Assert.That(run.Out.ReplaceLineEndings(" "), Does.Contain(what));
        }
    }

    private CliRun Classify(string fault, params string[] further) => Run(fault, ["classify", "lenet5", _folder["digit.png"], "--output", "json", .. further]);

    private CliRun Run(string fault, params string[] arguments)
    {
        CliRun run = CommandProcess.Run(
            CommandProcess.Folder, [(ClLoader.LibraryVariable, _loader), ("CONVOY_CACHE", _folder[fault.StartsWith("hang", StringComparison.Ordinal) ? fault : "cache"]), (Fault, fault), (Patience, fault.StartsWith("hang", StringComparison.Ordinal) ? "1" : "60")], arguments);
        TestContext.Out.WriteLine($"{fault}: convoy {string.Join(' ', arguments)} -> {run.ExitCode}\n{run.Out}\n{run.Error}");
        return run;
    }
}
