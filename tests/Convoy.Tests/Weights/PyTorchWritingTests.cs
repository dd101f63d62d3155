using System.IO.Compression;
using System.Text;

namespace Convoy.Tests.Weights;

/// <summary>Files of PyTorch's that are written: their instructions one by one, and every type read back bit by bit.</summary>
public sealed class PyTorchWritingTests : FolderFixture
{
    [Test]
    public void The_pickle_and_the_entries_are_these()
    {
        string path = Folder["a.pth"];
        using (WeightSet weights = WeightSet.FromTensors("test", [("c.weight", new Shape(2, 3, 1), [1, 2, 3, 4, 5, 6]), ("ünï", new Shape(), [0.5f])]))
        {
            weights.Save(path);
        }

        using var archive = ZipFile.OpenRead(path);
        Assert.That(
            archive.Entries.Select(entry => (entry.FullName, entry.Length)),
            Is.EqualTo(new[] { ("archive/data.pkl", archive.Entries[0].Length), ("archive/byteorder", 6), ("archive/data/0", 24), ("archive/data/1", 4), ("archive/version", 2) }));
        Assert.That(archive.Entries.Select(entry => entry.CompressedLength), Is.EqualTo(archive.Entries.Select(entry => entry.Length)), "stored as they are");
        Assert.That(ReadAll(archive, "archive/data.pkl"), Is.EqualTo(TorchFiles.Pickle(TorchFiles.Ordered(
            ("c.weight", TorchFiles.Tensor(TorchFiles.Storage("FloatStorage", "0", 6), 0, [2, 3, 1], [3, 1, 1])),
            ("ünï", TorchFiles.Tensor(TorchFiles.Storage("FloatStorage", "1", 1), 0, [], []))))));
        Assert.That(Encoding.ASCII.GetString(ReadAll(archive, "archive/byteorder")), Is.EqualTo("little"));
        Assert.That(ReadAll(archive, "archive/data/0"), Is.EqualTo(TorchFiles.Floats(1, 2, 3, 4, 5, 6)));
        Assert.That(Encoding.ASCII.GetString(ReadAll(archive, "archive/version")), Is.EqualTo("3\n"));
    }

    [Test]
    public void Tensors_of_every_type_keep_their_bytes()
    {
        (string Name, int Size)[] types = [("F32", 4), ("F16", 2), ("BF16", 2), ("F64", 8), ("I8", 1), ("U8", 1), ("I16", 2), ("I32", 4), ("I64", 8), ("BOOL", 1)];
        var header = new StringBuilder();
        int end = 0;
        foreach ((string name, int size) in types)
        {
            header.Append($$"""{{(end == 0 ? "{" : ",")}}"{{name}}":{"dtype":"{{name}}","shape":[1,1],"data_offsets":[{{end}},{{end += size}}]}""");
        }

        byte[] numbers = [.. Enumerable.Range(1, end).Select(i => (byte)i)];
        numbers[^1] = 1;
        string text = header.Append('}').ToString();
        using WeightSet weights = WeightSet.Load(SafetensorsBytes.Create(text.PadRight((text.Length + 7) / 8 * 8), numbers), "test");
        string path = Folder["a.pt"];
        weights.Save(path, type: null);
        using WeightSet read = WeightSet.Open(path);
        Assert.That(read.Tensors.Select(tensor => tensor.ToString()), Is.EqualTo(weights.Tensors.Select(tensor => tensor.ToString())));
        Assert.That(read.Tensors.SelectMany(StoredBytes.Of), Is.EqualTo(numbers));
    }

    [Test]
    public void What_PyTorch_has_no_storages_of_is_refused_by_name()
    {
        byte[] file = SafetensorsBytes.Create("""{"counts":{"dtype":"U16","shape":[1],"data_offsets":[0,2]}}     """, [1, 2]);
        using WeightSet weights = WeightSet.Load(file, "test");
        string path = Folder["a.pth"];
        Assert.That(() => weights.Save(path, type: null), Throws.TypeOf<WeightException>().With.Message.Contains("'counts' is UInt16"));
        Assert.That(File.Exists(path), Is.False);
    }

    private static byte[] ReadAll(ZipArchive archive, string name)
    {
        using Stream entry = archive.GetEntry(name)!.Open();
        using var bytes = new MemoryStream();
        entry.CopyTo(bytes);
        return bytes.ToArray();
    }
}
