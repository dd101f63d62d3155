using Convoy.Cli;
using Convoy.Cli.Output;

namespace Convoy.Tests.Cli;

[TestFixture]
public sealed class DemoTests
{
    [Test]
    public async Task The_demo_reads_a_thousand_digits_and_measures_AlexNet()
    {
        TestDevices.RequireNative();
        using var output = new StringWriter();
        using var error = new StringWriter();
        int exitCode = await ConvoyApplication.RunAsync(
            ["demo", "--device", "native"], new Terminal(output, error, outputIsTerminal: false, errorIsTerminal: false, log: new ImpatientClock()), CancellationToken.None);
        var run = new CliRun(exitCode, output.ToString(), error.ToString());
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.ErrorLines, Has.Some.Match(@"^convoy: Profiling AlexNet: \d of 6 batches, "));
        Assert.That(run.ErrorLines, Is.All.Match(@"^convoy: [^:]+: .*(\d s|\d min)( left)?$"), "nothing but progress");
        Assert.That(run.Out, Does.Match(@"99\d of 1,000 read right \(99\.\d %\), [\d,]+ images/s"));
        Assert.That(run.Out, Does.Contain("it is a 7: 99.").And.Contain("it is a 2: 99.").And.Contain("CC BY-SA 3.0"));
        Assert.That(run.Out, Does.Match(@"AlexNet with random weights, 62,378,344 parameters: [\d.,]+ images/s in batches of 32 images"));
        Assert.That(run.Out, Does.Match(@"\n conv1 +conv\+relu").And.Match(@"\n fc8 +fc ").And.Contain("Wall clock:"));
    }

    [Test]
    public async Task The_demo_runs_without_the_native_library_and_says_what_is_less()
    {
        CliRun run = await CliRun.ConvoyAsync("demo", "--device", "reference");
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(run.Out, Does.Contain("reads 200 of 1,000 handwritten digits, since the device 'reference' is slow"));
        Assert.That(run.Out, Does.Match(@"\d+ of 200 read right \((99\.\d|100\.0) %\)"));
        Assert.That(run.Out, Does.Contain("images/s with one image, since the device 'reference' is slow"));
    }

    /// <summary>A clock on which each wait is over after a few milliseconds.</summary>
    private sealed class ImpatientClock : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            System.CreateTimer(callback, state, TimeSpan.FromMilliseconds(20), period);
    }
}
