namespace Convoy.Tests.OpenCL;

/// <summary>Every form of the kernels compiles for GPUs that are not here, and keeps its arrays in registers there.</summary>
public sealed class KernelFormsTests : OpenClFixture
{
    [Test]
    public void Clang_compiles_every_form_cleanly_and_the_readme_has_what_the_code_takes()
    {
        using var folder = new TemporaryFolder();
        KernelForms.Write(Api, folder.Root);
        TestScript.AssertPasses("tests/kernels-clang.sh", "--check", folder.Root);
    }

    /// <summary>For the script by itself, which names this test.</summary>
    [Test, Explicit("Skipped: tests/kernels-clang.sh runs it.")]
    public void Writes_the_forms() => KernelForms.Write(Api, Path.Combine(Repository.Root, "artifacts", "kernel-forms"));
}
