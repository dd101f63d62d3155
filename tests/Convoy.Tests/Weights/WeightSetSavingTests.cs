using System.Runtime.Versioning;
using Convoy.Weights.Formats;

namespace Convoy.Tests.Weights;

public class WeightSetSavingTests : FolderFixture
{
    [Test]
    public void The_bytes_of_a_file_are_these()
    {
        string path = Folder["a.safetensors"];
        using WeightSet weights = CreateSmall();
        weights.Save(path);
        const string Header =
            """{"a.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"a.bias":{"dtype":"F32","shape":[],"data_offsets":[8,12]}}""";
        string padded = Header.PadRight((Header.Length + 7) / 8 * 8);
        byte[] data = [0x00, 0x00, 0x80, 0x3F, 0x00, 0x00, 0x20, 0xC0, 0x00, 0x00, 0x00, 0x3F];
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(SafetensorsBytes.Create(padded, data)));
    }

    [TestCase(ElementType.Float32)]
    [TestCase(ElementType.Float16)]
    [TestCase(ElementType.BFloat16)]
    [TestCase(ElementType.Float64)]
    public void What_is_saved_is_read_again(ElementType type)
    {
        // More than one piece, written or read, of numbers that all three types hold exactly.
        float[] values = [.. Enumerable.Range(0, 2_200_003).Select(i => ((i % 251) - 125) / 64f)];
        string path = Folder["a.safetensors"];
        using (var made = WeightSet.FromTensors("test", [("x", new Shape(2_200_003), values), ("ünï", new Shape(1, 1), [3f])]))
        {
            made.Save(path, type);
        }

        using var read = WeightSet.Open(path);
        Assert.That(read.Tensors.Select(tensor => tensor.Name), Is.EqualTo(new[] { "x", "ünï" }));
        Assert.That(read.Tensors.Select(tensor => tensor.ElementType), Is.All.EqualTo(type));
        float[] back = new float[values.Length];
        read.Tensors.First().CopyTo(back);
        Assert.That(back.AsSpan().SequenceEqual(values), Is.True);
    }

    [Test]
    public void Between_the_short_types_every_number_both_hold_survives()
    {
        string path = Folder["a.safetensors"];
        using (WeightSet made = CreateSmall())
        {
            made.Save(path, ElementType.Float16);
        }

        using (var half = WeightSet.Open(path))
        {
            half.Save(path, ElementType.BFloat16);
        }

        using var read = WeightSet.Open(path);
        float[] values = new float[2];
        read.Tensors.First().CopyTo(values);
        Assert.That(values, Is.EqualTo(new[] { 1f, -2.5f }));
    }

    [Test]
    public void As_they_are_tensors_of_every_type_keep_their_bytes()
    {
        byte[] file = SafetensorsBytes.Create(
            """{"n":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"d":{"dtype":"F64","shape":[1],"data_offsets":[8,16]},"e":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[16,18]},"h":{"dtype":"F16","shape":[1],"data_offsets":[18,20]}}    """,
            [.. Enumerable.Range(1, 20).Select(i => (byte)i)]);
        string path = Folder["a.safetensors"];
        using WeightSet weights = WeightSet.Load(file, "test");
        weights.Save(path, type: null);
        using WeightSet read = WeightSet.Open(path);
        Assert.That(read.Tensors.Select(tensor => tensor.ToString()), Is.EqualTo(weights.Tensors.Select(tensor => tensor.ToString())));
        Assert.That(read.Tensors.SelectMany(StoredBytes.Of), Is.EqualTo(file[^20..]));
        weights.Save(path, ElementType.Float32);
        using WeightSet single = WeightSet.Open(path);
        Assert.That(single.Tensors.Select(tensor => tensor.ElementTypeName), Is.EqualTo(new[] { "Int64", "Float32", "F8_E4M3", "Float32" }));
        Assert.That(() => weights.Save(path, ElementType.Int8), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void A_set_can_be_saved_over_the_file_it_reads()
    {
        string path = Folder["a.safetensors"];
        using (WeightSet made = CreateSmall())
        {
            made.Save(path);
        }

        byte[] before = File.ReadAllBytes(path);
        using var read = WeightSet.Open(path);
        if (OperatingSystem.IsWindows())
        {
            Assert.That(() => read.Save(path), Throws.TypeOf<WeightException>(), "the set holds the file open");
        }
        else
        {
            read.Save(path);
        }

        Assert.That(File.ReadAllBytes(path), Is.EqualTo(before));
    }

    [Test]
    public void Metadata_is_kept()
    {
        string path = Folder["a.safetensors"];
        byte[] bytes = SafetensorsBytes.Create("""{"__metadata__":{"k":"a \"quoted\" é"}}""", []);
        using (var weights = WeightSet.Load(bytes, "test"))
        {
            weights.Save(path);
        }

        using var read = WeightSet.Open(path);
        Assert.That(read.Metadata, Is.EqualTo(new Dictionary<string, string> { ["k"] = "a \"quoted\" é" }));
    }

    [Test]
    public void A_failure_in_the_middle_leaves_the_old_file_and_no_half_one()
    {
        string path = Folder["a.safetensors"];
        File.WriteAllText(path, "old");
        WeightSet doomed = CreateSmall();
        WeightTensor[] tensors = [.. doomed.Tensors];
        doomed.Dispose();
        Assert.That(
            () => WeightFile.Save(path, file => WeightFormats.ForSaving.Write(file, new WrittenWeights(tensors, new Dictionary<string, string>(), ElementType.Float32))),
            Throws.TypeOf<ObjectDisposedException>());
        Assert.That(File.ReadAllText(path), Is.EqualTo("old"));
        Assert.That(Directory.GetFileSystemEntries(Folder.Root), Has.Length.EqualTo(1));
    }

    [Test]
    public void A_missing_folder_is_told()
    {
        string path = Path.Combine(Folder.Root, "nowhere", "a.safetensors");
        using WeightSet weights = CreateSmall();
        Assert.That(
            () => weights.Save(path),
            Throws.TypeOf<WeightException>().With.Message.EqualTo($"Cannot write the weights to '{path}': its folder does not exist."));
    }

    [Test]
    public void A_folder_is_not_written_to()
    {
        using WeightSet weights = CreateSmall();
        Assert.That(() => weights.Save(Folder.Root), Throws.TypeOf<WeightException>().With.Message.Contains($"'{Folder.Root}' is a folder"));
        Assert.That(Directory.GetFileSystemEntries(Path.GetDirectoryName(Folder.Root)!, "*.tmp"), Is.Empty);
    }

    [Test]
    [Platform(Include = "Linux")]
    public void A_device_is_not_replaced()
    {
        // Where this folder would not allow it anyhow.
        const string Device = "/dev/pts/ptmx";
        if (!File.Exists(Device))
        {
            Assert.Ignore($"Skipped: there is no {Device}.");
        }

        string link = Folder["link.safetensors"];
        File.CreateSymbolicLink(link, Device);
        using WeightSet weights = CreateSmall();
        foreach (string path in new[] { Device, link })
        {
            Assert.That(() => weights.Save(path), Throws.TypeOf<WeightException>().With.Message.EqualTo($"Cannot write the weights to '{path}': it is a device, not a regular file; name another file."));
        }
    }

    [Test]
    [UnsupportedOSPlatform("windows")]
    public void A_folder_without_permission_is_told()
    {
        IgnoreUnlessPermissionsBind();
        File.SetUnixFileMode(Folder.Root, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        using WeightSet weights = CreateSmall();
        Assert.That(() => weights.Save(Folder["a"]), Throws.TypeOf<WeightException>().With.Message.Contains("permission denied"));
        File.SetUnixFileMode(Folder.Root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Test]
    public void A_link_stays_a_link_and_what_it_points_to_is_replaced()
    {
        Folder.Write("target", "old");
        File.CreateSymbolicLink(Folder["link"], Folder["target"]);
        using WeightSet weights = CreateSmall();
        weights.Save(Folder["link"]);
        Assert.That(new FileInfo(Folder["link"]).LinkTarget, Is.EqualTo(Folder["target"]));
        using WeightSet read = WeightSet.Open(Folder["target"]);
        Assert.That(read.Tensors, Has.Count.EqualTo(2));
    }

    [Test]
    public void Two_tensors_of_one_name_make_no_set() =>
        Assert.That(
            () => WeightSet.FromTensors("test", [("x", new Shape(1), [0]), ("x", new Shape(1), [0])]),
            Throws.TypeOf<WeightException>().With.Message.Contains("'x'"));

    [Test]
    public void The_metadatas_key_names_no_tensor_of_a_file()
    {
        using var weights = WeightSet.FromTensors("test", [("__metadata__", new Shape(1), [0])]);
        Assert.That(() => weights.Save(Folder["a.safetensors"]), Throws.TypeOf<WeightException>().With.Message.Contains("'__metadata__'"));
        Assert.That(Directory.GetFileSystemEntries(Folder.Root), Is.Empty);
    }

    [Test]
    public void Numbers_that_do_not_fill_the_shape_make_no_set() =>
        Assert.That(
            () => WeightSet.FromTensors("test", [("x", new Shape(2, 2), [0, 0, 0])]),
            Throws.TypeOf<WeightException>().With.Message.EqualTo("The tensor 'x' of test has the shape [2, 2], 4 elements, but 3 are given."));

    private static WeightSet CreateSmall() =>
        WeightSet.FromTensors("test", [("a.weight", new Shape(1, 2), [1f, -2.5f]), ("a.bias", new Shape(), [0.5f])]);
}
