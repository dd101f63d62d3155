using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Tests.OpenCL;

/// <summary>Kernel files come out of the assembly or a folder, with what they include.</summary>
public sealed class KernelSourceTests
{
    [Test]
    public void A_kernel_file_comes_out_of_the_assembly()
    {
        KernelSource source = KernelSource.LoadFrom(null, "probe.cl");
        Assert.That(source.Text, Does.StartWith("#line 1 \"probe.cl\"\n").And.Contains("__kernel void probe("));
    }

    [Test]
    public void A_folder_takes_the_assemblys_place()
    {
        using var folder = new TemporaryFolder();
        folder.Write("probe.cl", "// mine");
        Assert.That(KernelSource.LoadFrom(folder.Root, "probe.cl").Text, Does.Contain("// mine"));
    }

    [Test]
    public void A_file_that_is_not_there_is_named_with_where_it_was_looked_for()
    {
        using var folder = new TemporaryFolder();
        Assert.That(
            () => KernelSource.LoadFrom(null, "no.cl"),
            Throws.InstanceOf<ConvoyException>().With.Message.Contains("'no.cl'").And.Message.Contains("kernels/no.cl"));
        Assert.That(
            () => KernelSource.LoadFrom(folder.Root, "no.cl"),
            Throws.InstanceOf<ConvoyException>().With.Message.Contains(folder["no.cl"]).And.Message.Contains(KernelSource.FolderVariable));
    }

    [Test]
    [Platform(Include = "Linux")]
    public void A_kernel_file_that_is_a_FIFO_hangs_nobody_and_one_from_a_device_does_not_grow()
    {
        using var folder = new TemporaryFolder();
        SpecialFile.Make(SpecialFile.Fifo, folder["fifo.cl"]);
        File.CreateSymbolicLink(folder["zero.cl"], "/dev/zero");
        foreach ((string name, string reason) in (ReadOnlySpan<(string, string)>)[("fifo.cl", "it is a FIFO, not a regular file"), ("zero.cl", "it is a device, not a regular file")])
        {
            var loading = Task.Run(() => KernelSource.LoadFrom(folder.Root, name));
            Assert.That(
                () => loading.Wait(TimeSpan.FromMinutes(1)),
                Throws.InnerException.InstanceOf<ConvoyException>().With.InnerException.Message.Contains(folder[""])
                    .And.InnerException.Message.Contains($"({reason})").And.InnerException.Message.Contains(KernelSource.FolderVariable));
        }
    }

    [Test]
    public void Included_files_appear_once_and_every_line_keeps_its_number()
    {
        using var folder = new TemporaryFolder();
        folder.Write("main.cl", "first\n#include \"tile.cl\"\n  #include \"tile.cl\"\nlast");
        folder.Write("tile.cl", "#include \"main.cl\"\ntile");
        KernelSource source = KernelSource.LoadFrom(folder.Root, "main.cl");
        Assert.That(source.Text, Is.EqualTo(
            "#line 1 \"main.cl\"\nfirst\n"
            + "#line 1 \"tile.cl\"\n#line 2 \"tile.cl\"\ntile\n"
            + "#line 3 \"main.cl\"\n#line 4 \"main.cl\"\nlast\n"));
        Assert.That(source.LinesOf("tile.cl")[1], Is.EqualTo("tile"));
        Assert.That(source.FileOf("/tmp/elsewhere.cl"), Is.EqualTo("main.cl"));
    }

    [Test]
    public void A_file_that_the_host_writes_is_included_like_the_others()
    {
        using var folder = new TemporaryFolder();
        folder.Write("main.cl", "#include \"host.cl\"");
        KernelSource source = KernelSource.LoadFrom(folder.Root, "main.cl", new WrittenKernelFile("host.cl", "written"));
        Assert.That(source.Text, Does.Contain("#line 1 \"host.cl\"\nwritten\n"));
        Assert.That(source.LinesOf("host.cl"), Is.EqualTo(new[] { "written" }));
    }
}
