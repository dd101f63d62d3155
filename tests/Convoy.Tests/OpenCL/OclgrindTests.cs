namespace Convoy.Tests.OpenCL;

/// <summary>A simulated device that looks at every access of a kernel and every call.</summary>
public sealed class OclgrindTests
{
    [Test]
    public void Kernels_are_right_without_a_race_or_an_access_out_of_bounds_in_a_cores_form_and_a_gpus() => TestScript.AssertPasses("tests/oclgrind.sh");
}
