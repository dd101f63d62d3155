using System.Diagnostics;

namespace Convoy.Tests.Support;

/// <summary>tests/run.sh says why tests were skipped, whatever shape the reason has.</summary>
public sealed class SkipReasonTests
{
    private const string Results = """
        <?xml version="1.0" encoding="utf-8"?>
        <TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010">
          <Results>
            <UnitTestResult testName="Fails" outcome="Failed">
              <Output><ErrorInfo><Message>Expected: 1</Message></ErrorInfo></Output>
            </UnitTestResult>
            <UnitTestResult testName="Is_skipped" outcome="NotExecuted">
              <Output><StdOut>Printed.</StdOut><ErrorInfo><Message>Skipped: no &lt;b&gt; &amp; no &quot;c&quot;.</Message></ErrorInfo></Output>
            </UnitTestResult>
            <UnitTestResult testName="Passes" outcome="Passed" />
            <UnitTestResult testName="Is_skipped_by_its_fixture" outcome="NotExecuted">
              <Output><ErrorInfo><Message>OneTimeSetUp: SetUp : skipped: nothing here.</Message></ErrorInfo></Output>
            </UnitTestResult>
            <UnitTestResult testName="Is_skipped_at_length" outcome="NotExecuted"><Output><ErrorInfo><Message>
              Two lines&#xD;
              of words.
            </Message></ErrorInfo></Output></UnitTestResult>
            <UnitTestResult testName="Is_skipped_silently" outcome="NotExecuted" />
          </Results>
          <ResultSummary outcome="Completed"><RunInfos><RunInfo><Text><Message>Of the run.</Message></Text></RunInfo></RunInfos></ResultSummary>
        </TestRun>
        """;

    [Test]
    [Platform(Include = "Linux")]
    public void Every_skipped_test_has_its_reason_told_on_a_line()
    {
        using var folder = new TemporaryFolder();
        string results = folder["results.trx"];
        File.WriteAllText(results, Results);
        var start = new ProcessStartInfo("awk", ["-f", Path.Combine(Repository.Root, "tests", "skip-reasons.awk"), results])
        {
            RedirectStandardOutput = true,
        };
        using Process awk = Process.Start(start)!;
        string[] lines = awk.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        awk.WaitForExit();
        Assert.That(awk.ExitCode, Is.Zero);
        Assert.That(lines, Is.EqualTo(new[]
        {
            """Skipped: no <b> & no "c".""", "skipped: nothing here.", "Two lines of words.", "no reason is given",
        }));
    }
}
