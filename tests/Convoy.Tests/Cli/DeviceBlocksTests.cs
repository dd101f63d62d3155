using Convoy.Cli.Output;
using Convoy.Cli.Reports;
using Convoy.Profiling;

namespace Convoy.Tests.Cli;

/// <summary>What <c>devices</c> says of each device below the table.</summary>
public sealed class DeviceBlocksTests
{
    private static readonly DeviceDocument Native = new("native", "cores", DeviceType.Cpu, 2, true, null, "A vendor", "Convoy 1, ABI version 7", 2, ["scalar", "avx2"], 2596, 1 << 30, null, null, null)
    {
        Peaks = new DevicePeaks(2, 118, 30) { HalfReason = "computes in fp32; 16-bit weights are converted in registers" },
    };

    [Test]
    public void A_long_fact_goes_on_in_the_next_line_and_is_whole()
    {
        string[] lines = Write([Native], 60).Split('\n');
        int begin = Array.FindIndex(lines, line => line.StartsWith(" fp16 arithmetic", StringComparison.Ordinal));
        Assert.That(begin, Is.Positive);
        string text = string.Join(' ', lines[begin..(begin + 2)].Select(line => line[17..].Trim()));
        Assert.That(text, Is.EqualTo("none: computes in fp32; 16-bit weights are converted in registers"));
        Assert.That(lines[(begin + 1)][..17], Is.EqualTo(new string(' ', 17)), "below the fact, not below its name");
        Assert.That(lines.Select(line => line.Length), Is.All.LessThanOrEqualTo(60));
    }

    [Test]
    public void The_reference_device_has_a_block_and_says_why_it_has_no_peaks()
    {
        DeviceDocument reference = Native with { Name = Device.Reference.Name, Description = Device.Reference.Description, Peaks = null };
        string text = Write([Native, reference], 100);
        Assert.That(text, Does.Contain("\nreference: double precision").And.Match(@"\n peaks +not measured: it is there to be right"));
        Assert.That(Write([Native], 100), Does.Not.Match(@"\n peaks "));
    }

    [TestCase("2596.130", null, 2596)]
    [TestCase("2596.130", "3700000", 3700)]
    [TestCase("2596.130", "0", 2596)]
    [TestCase("unknown", null, null)]
    [TestCase(null, null, null)]
    public void The_clock_is_the_most_that_Linux_knows_or_that_of_the_moment(string? now, string? most, int? expected)
    {
        using var folder = new TemporaryFolder();
        if (most is not null)
        {
            folder.Write("most", $"{most}\n");
        }

        if (now is not null)
        {
            folder.Write("cpuinfo", $"processor\t: 0\nmodel name\t: A: processor\ncpu MHz\t\t: {now}\n\nprocessor\t: 1\ncpu MHz\t\t: {now.Replace('2', '1')}\n");
        }

        Assert.That(Convoy.Backends.Native.Processor.ReadClock(folder["most"], folder["cpuinfo"]), Is.EqualTo(expected));
    }

    private static string Write(DeviceDocument[] devices, int width)
    {
        using var text = new StringWriter();
        TableWriter.Write(new Terminal(text, TextWriter.Null, outputIsTerminal: false, errorIsTerminal: false, findWidth: () => width), DeviceReports.Create(devices));
        return text.ToString();
    }
}
