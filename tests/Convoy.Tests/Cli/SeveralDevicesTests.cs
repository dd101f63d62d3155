using System.Text.Json.Nodes;
using Convoy.Cli.Common;
using Convoy.Cli.Options;
using Convoy.Cli.Output;

namespace Convoy.Tests.Cli;

/// <summary>Commands whose images several devices share.</summary>
public sealed class SeveralDevicesTests
{
    private static IEnumerable<string> Lists => ["native,reference", "reference,native", "native,opencl", "opencl,native"];

    [TestCaseSource(nameof(Lists))]
    public async Task Classify_goes_in_order_as_one_device_does(string devices)
    {
        RequireDevices(devices);
        using var folder = new TemporaryFolder();
        string[] paths = [.. Enumerable.Range(0, 40).Select(i => folder.WriteDigit($"{39 - i}.png", i % 10))];
        string[] common = ["classify", "lenet5", .. paths, "--output", "json", "--top", "10", "--batch", "3"];
        CliRun alone = await CliRun.ConvoyAsync([.. common, "--device", "native"]);
        CliRun together = await CliRun.ConvoyAsync([.. common, "--device", devices]);
        Assert.That(together.ExitCode, Is.Zero);
        Assert.That(together.Error, Is.Empty);
        Assert.That(together.Json.AsArray().Select(image => (string)image!["path"]!), Is.EqualTo(paths));
        Assert.That(Probabilities(together), Is.EqualTo(Probabilities(alone)).Within(1e-4));
    }

    [TestCaseSource(nameof(Lists))]
    public async Task Evaluate_predicts_what_one_device_does_and_names_all(string devices)
    {
        RequireDevices(devices);
        string[] common = ["evaluate", "lenet5", "--data", SharedData.Require("mnist"), "--limit", "500", "--output", "json", "--predictions"];
        CliRun alone = await CliRun.ConvoyAsync([.. common, "--device", "native"]);
        CliRun together = await CliRun.ConvoyAsync([.. common, "--device", devices]);
        Assert.That(together.ExitCode, Is.Zero);
        Assert.That((string)together.Json["device"]!, Is.EqualTo(string.Join(',', devices.Split(',').Select(name => Device.Find(name).Name))));
        Assert.That((long)together.Json["images"]!, Is.EqualTo(500));
        Assert.That(together.Json["predictions"]!.ToJsonString(), Is.EqualTo(alone.Json["predictions"]!.ToJsonString()));
    }

    [Test]
    public async Task The_environment_names_several_devices_too()
    {
        using var folder = new TemporaryFolder();
        string[] paths = [.. Enumerable.Range(0, 5).Select(i => folder.WriteDigit($"{i}.png", i))];
        string[] evaluate = ["evaluate", "lenet5", "--data", SharedData.Require("mnist"), "--limit", "20", "--output", "json"];
        string[] bench = ["bench", "lenet5", "--batch", "1", "--seconds", "0.01", "--output", "json"];
        using (new DefaultDevices(" native, Reference"))
        {
            CliRun evaluation = await CliRun.ConvoyAsync(evaluate);
            Assert.That((string)evaluation.Json["device"]!, Is.EqualTo("native,reference"));
            CliRun classification = await CliRun.ConvoyAsync(["classify", "lenet5", .. paths, "--output", "json"]);
            Assert.That(classification.Json.AsArray().Select(image => (string)image!["path"]!), Is.EqualTo(paths));
            CliRun benchmark = await CliRun.ConvoyAsync(bench);
            Assert.That(benchmark.Json.AsArray().Select(each => (string)each!["device"]!), Is.EqualTo(["native", "reference"]));
            CliRun named = await CliRun.ConvoyAsync([.. evaluate, "--device", "reference"]);
            Assert.That((string)named.Json["device"]!, Is.EqualTo("reference"), "what the command names goes before");
        }
    }

    [Test]
    public async Task A_command_of_one_device_takes_the_first_the_environment_names_and_says_so()
    {
        using (new DefaultDevices("reference,native"))
        {
            CliRun run = await CliRun.ConvoyAsync("profile", "lenet5", "--runs", "1", "--output", "json");
            Assert.That((string)run.Json["device"]!, Is.EqualTo("reference"));
            Assert.That(run.ErrorLines, Has.Length.EqualTo(1).And.One.Contains("CONVOY_DEVICE").And.One.Contains("'reference', the first"));
        }
    }

    [TestCase("native,native", ExitCode.WrongUsage, "CONVOY_DEVICE names 'native' more than once")]
    [TestCase("native,metal", ExitCode.NoDevice, "'metal'")]
    [TestCase("native,", ExitCode.NoDevice, "CONVOY_DEVICE")]
    public async Task A_wrong_list_in_the_environment_is_one_line(string names, int exitCode, string says)
    {
        using (new DefaultDevices(names))
        {
            CliRun run = await CliRun.ConvoyAsync("classify", "lenet5", "x.png");
            Assert.That(run.ExitCode, Is.EqualTo(exitCode));
            Assert.That(run.ErrorLines, Has.Length.EqualTo(1).And.One.Contains(says).And.One.Contains("CONVOY_DEVICE"));
        }
    }

    [Test]
    public async Task A_device_named_twice_is_refused_by_name()
    {
        CliRun run = await CliRun.ConvoyAsync("classify", "lenet5", "x.png", "--device", "native,reference,NATIVE");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.WrongUsage));
        Assert.That(run.ErrorLines, Has.Length.EqualTo(1).And.One.Contains("'native' more than once"));
    }

    [Test]
    public async Task A_device_that_fails_is_one_line_and_no_image_is_lost()
    {
        StagedDevice broken = new("broken", self => self.Fail());
        StagedDevice sound = new("sound", self => self.WaitUntil(() => broken.Failed));
        using var error = new StringWriter();
        using var output = new StringWriter();
        using SessionGroup sessions = SessionGroup.Create([broken.Device, sound.Device], Compile, new Terminal(output, error, outputIsTerminal: false, errorIsTerminal: false));
        Assert.That(sessions.DeviceNames, Is.EqualTo("broken,sound"));
        BatchPipeline<int> pipeline = sessions.CreatePipeline<int>(
            (item, image) => image[0] = item, new Terminal(output, error, outputIsTerminal: false, errorIsTerminal: false));
        List<float> scores = [];
        await foreach (BatchResult<int> result in pipeline.RunAsync(Enumerable.Range(0, 50)))
        {
            scores.Add(result.Scores.Span[0]);
        }

        Assert.That(scores, Is.EqualTo(Enumerable.Range(0, 50).Select(item => (float)item)));
        Assert.That(error.ToString(), Is.EqualTo(
            "convoy: The device 'broken' failed, and the others go on with its images: broken is lost\n"));
    }

    [Test]
    public void A_device_that_cannot_begin_is_told_and_the_others_do_its_work()
    {
        using var error = new StringWriter();
        using SessionGroup sessions = SessionGroup.Create(
            [Device.Native, Device.Reference],
            device => device == Device.Native ? throw new ConvoyException("its compiler fails.\nlog") : Compile(device),
            new Terminal(TextWriter.Null, error, outputIsTerminal: false, errorIsTerminal: false));
        Assert.That(sessions.DeviceNames, Is.EqualTo("reference"));
        Assert.That(error.ToString(), Is.EqualTo("convoy: The device 'native' cannot begin, and the others do its work: its compiler fails.\n"));
    }

    [Test]
    public void Where_no_device_can_begin_each_is_named_and_a_fault_of_none_of_them_is_told_once()
    {
        using var error = new StringWriter();
        Assert.That(() => Create(device => $"{device} is lost."), Throws.InstanceOf<ConvoyException>().With.Message.EqualTo(
            "None of the devices can begin: 'native' (native is lost); 'reference' (reference is lost)."));
        Assert.That(() => Create(_ => "no room"), Throws.InstanceOf<ConvoyException>().With.Message.EqualTo("no room"));
        Assert.That(
            () => SessionGroup.Create([Device.Reference, Device.Native], device => device == Device.Native ? throw new WeightException("none fit") : Compile(device), Terminal()),
            Throws.InstanceOf<WeightException>());
        Assert.That(error.ToString(), Is.Empty);

        SessionGroup Create(Func<Device, string> failure) =>
            SessionGroup.Create([Device.Native, Device.Reference], device => throw new ConvoyException(failure(device)), Terminal());

        Terminal Terminal() => new(TextWriter.Null, error, outputIsTerminal: false, errorIsTerminal: false);
    }

    private static InferenceSession Compile(Device device)
    {
        using WeightSet none = WeightSet.FromTensors("none", []);
        Network network = new NetworkBuilder("identity", Shape.Vector(1)).Dropout("nothing", 0).Build();
        return network.Compile(device, none, new SessionOptions { BatchSize = 4 });
    }

    private static void RequireDevices(string devices)
    {
        if (devices.Contains("opencl", StringComparison.Ordinal))
        {
            TestDevices.RequireOpenCl();
        }
    }

    private static double[] Probabilities(CliRun run) =>
    [
        .. from JsonNode image in run.Json.AsArray()
           from JsonNode prediction in image["predictions"]!.AsArray().OrderBy(each => (int)each!["index"]!)
           select (double)prediction["probability"]!,
    ];

    /// <summary>Names default devices until it is disposed of.</summary>
    private sealed class DefaultDevices : IDisposable
    {
        private readonly string? _before = Environment.GetEnvironmentVariable(Device.DefaultVariable);

        public DefaultDevices(string names) => Environment.SetEnvironmentVariable(Device.DefaultVariable, names);

        public void Dispose() => Environment.SetEnvironmentVariable(Device.DefaultVariable, _before);
    }
}
