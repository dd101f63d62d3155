using System.Diagnostics;
using Convoy.Cli.Commands;
using Convoy.Cli.Output;
using Convoy.Diagnostics;

namespace Convoy.Tests.Cli;

/// <summary>What <c>doctor</c> says while it examines: each part is counted and timed from its beginning.</summary>
public sealed class DoctorStagesTests
{
    [Test]
    public void Each_part_begins_anew_and_failures_add_up()
    {
        var clock = new SetClock();
        var counter = new ProgressCounter(clock);
        List<string> said = [];
        var stages = new DoctorStages(counter);
        var teller = new DiagnosisTeller(step =>
        {
            stages.Show(step);
            clock.Now += 2;
            ProgressText text = counter.Text ?? DoctorStages.First;
            said.Add($"{text.TitleOf(counter)}: {text.Describe(counter, counter.Elapsed)}");
        });
        teller.Begin("the C library");
        teller.Begin("opencl:0");
        teller.Check("conv, direct", 0, 4);
        teller.Check("conv, winograd-6", 1, 4);
        teller.Fail();
        teller.Begin("opencl:1");
        teller.Fail();
        Assert.That(said, Is.EqualTo(new[]
        {
            "Examining the C library: 2 s",
            "Examining opencl:0: 2 s",
            "Examining opencl:0 (conv, direct): 0 %, 2 s",
            "Examining opencl:0 (conv, winograd-6): 1 of 4 checks, 0.250 checks/s, 25 %, 12 s left",
            "Examining opencl:0 (conv, winograd-6): 1 of 4 checks, 0.167 checks/s, 25 %, 18 s left, 1 failure",
            "Examining opencl:1: 2 s, 1 failure",
            "Examining opencl:1: 4 s, 2 failures",
        }));
    }

    [Test]
    [Platform(Include = "Linux")]
    public async Task Another_process_tells_which_check_begins_and_what_it_found()
    {
        const string script =
            """
            echo "a driver's words"
            echo 'convoy: checks {"What":"pad","Done":3,"Count":9}'
            echo 'convoy: checked {"Kernels":"pad","Form":"pad 3","Error":0.5,"Problem":null}'
            echo 'convoy: checks {"What":"lrn","Done":4,"Count":9}'
            exit 3
            """;
        List<KernelStep> steps = [];
        List<KernelDiagnosis> found = [];
        await KernelProcess.FollowAsync(new ProcessStartInfo("sh", ["-c", script]), 0, steps.Add, found.Add);
        Assert.That(steps, Is.EqualTo(new[] { new KernelStep("pad", 3, 9), new KernelStep("lrn", 4, 9) }));
        Assert.That(found[0], Is.EqualTo(new KernelDiagnosis("pad", "pad 3", 0.5, null)));
        Assert.That((found[1].Form, found[1].IsRight), Is.EqualTo(("lrn", false)));
    }
}
