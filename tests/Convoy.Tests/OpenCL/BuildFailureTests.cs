using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Tests.OpenCL;

/// <summary>A kernel that does not compile says where, in the words of the compiler and with the lines themselves.</summary>
public sealed class BuildFailureTests : OpenClFixture
{
    private const string Broken = """
        // A kernel with one mistake in it.
        __kernel void broken(__global float* y)
        {
            const size_t i = get_global_id(0);
            y[i] = undeclared_thing + 1.0f;
        }
        """;

    [Test]
    public void The_error_carries_file_device_options_log_and_source_lines()
    {
        foreach (ClDevice device in Devices)
        {
            using var context = new ClContext(device);
            ClBuildException error = Assert.Throws<ClBuildException>(
                () => ClProgram.Build(context, LoadBroken(), "-D TILE=6"))!;
            Assert.Multiple(() =>
            {
                Assert.That(error.KernelFile, Is.EqualTo("broken.cl"));
                Assert.That(error.DeviceName, Is.EqualTo(device.Name));
                Assert.That(error.Options, Is.EqualTo("-D TILE=6"));
                Assert.That(error.Log, Does.Contain("undeclared_thing"));
                Assert.That(error.Message, Does.StartWith($"OpenCL could not build a kernel file ('broken.cl' on '{device.Name}', options '-D TILE=6'): CL_BUILD_PROGRAM_FAILURE (-11)."));
                Assert.That(error.Message, Does.Contain(error.Log));
                Assert.That(error.Message, Does.Contain("\nbroken.cl, line 5:"));
                Assert.That(error.Message, Does.Contain("\n>    5 |     y[i] = undeclared_thing + 1.0f;"));
                Assert.That(error.Message, Does.Contain("\n     4 |     const size_t i"));
            });
        }
    }

    [Test]
    public void Older_compilers_are_understood_too()
    {
        KernelSource source = LoadBroken();
        var error = new ClBuildException(source, AnyDevice, "", "\"/tmp/x.cl\", line 2: error: no such thing", ClStatus.BuildProgramFailure);
        Assert.That(error.Message, Does.Contain("\n>    2 | __kernel void broken"));
    }

    [Test]
    public void A_line_that_is_not_there_and_a_log_that_is_empty_do_no_harm()
    {
        KernelSource source = LoadBroken();
        var lost = new ClBuildException(source, AnyDevice, "", "broken.cl:99999999999:1: error", ClStatus.BuildProgramFailure);
        Assert.That(lost.Message, Does.Not.Contain("\n>"));
        var silent = new ClBuildException(source, AnyDevice, "", "", ClStatus.BuildProgramFailure);
        Assert.That(silent.Message, Does.Contain("no log"));
    }

    [Test]
    public void A_log_that_cannot_be_read_does_not_hide_the_failure()
    {
        var api = new FaultyClApi(Api) { Fails = (_, name) => name == nameof(ClApi.GetProgramBuildInfo) };
        using var context = new ClContext(ClPlatform.All(api)[0].Devices[0]);
        ClBuildException error = Assert.Throws<ClBuildException>(() => ClProgram.Build(context, LoadBroken()))!;
        Assert.That(error.Log, Does.Contain("CL_OUT_OF_HOST_MEMORY"));
        Assert.That(error.Status, Is.EqualTo(ClStatus.BuildProgramFailure));
    }

    [Test]
    public void A_kernel_that_is_not_in_the_file_is_named()
    {
        using var context = new ClContext(AnyDevice);
        using ClProgram program = ClProgram.Build(context, KernelSource.Load("probe.cl"));
        ClException error = Assert.Throws<ClException>(() => program.CreateKernel("nothing"))!;
        Assert.That(error.Message, Does.Contain("'nothing' of 'probe.cl'").And.Contains("CL_INVALID_KERNEL_NAME"));
    }

    private static KernelSource LoadBroken() => TestKernels.Load("broken.cl", Broken);
}
