using System.Buffers.Binary;
using System.IO.Compression;
using Convoy.Models;

namespace Convoy.Tests.Weights;

/// <summary>NumPy's arrays, alone and in archives.</summary>
public sealed class NpyReadingTests : FolderFixture
{
    private static readonly float[] Numbers = [0, 1, 2, -3, 0.5f, 1024];

    [Test]
    public void Every_type_order_and_byte_order_is_read(
        [Values("f2", "f4", "f8")] string type, [Values('<', '>')] char byteOrder, [Values] bool isFortranOrder, [Values(1, 2, 3)] int version)
    {
        byte[] numbers = new byte[6 * (type[1] - '0')];
        for (int i = 0; i < 6; i++)
        {
            // Element [r, c] of 2 x 3 lies at r + 2 c in Fortran order.
            int at = isFortranOrder ? (i / 3) + (2 * (i % 3)) : i;
            Put(numbers.AsSpan(at * (type[1] - '0'), type[1] - '0'), Numbers[i], byteOrder == '>');
        }

        byte[] file = NpyBytes.Create($"{{'descr': '{byteOrder}{type}', 'fortran_order': {isFortranOrder}, 'shape': (2, 3), }}   \n", numbers, version);
        using WeightSet weights = WeightSet.Load(file, "folder/x.y.npy");
        WeightTensor tensor = weights.Tensors.Single();
        Assert.That((tensor.Name, tensor.Shape), Is.EqualTo(("x.y", new Shape(2, 3))));
        Assert.That(Read(tensor), Is.EqualTo(Numbers));

        string path = Folder.Write("a.npy", file);
        NamedTensor read = NpyFile.Read(path);
        Assert.That((read.Name, read.Extents, read.Values), Is.EqualTo(("a", new Shape(2, 3).Extents, Numbers)));
    }

    [TestCase("<i8", "3,", 24, ElementType.Int64)]
    [TestCase("|i1", "3,", 3, ElementType.Int8)]
    [TestCase("|b1", "3,", 3, ElementType.Boolean)]
    [TestCase("<u2", "3,", 6, ElementType.UInt16)]
    [TestCase("<c8", "3,", 24, ElementType.Other)]
    [TestCase("<U5", "3,", 60, ElementType.Other)]
    [TestCase("|S7", "3,", 21, ElementType.Other)]
    [TestCase("<f16", "3,", 48, ElementType.Other)]
    [TestCase("<M8[ns]", "3,", 24, ElementType.Other)]
    public void Other_types_are_listed(string descr, string shape, int bytes, ElementType expected)
    {
        using WeightSet weights = WeightSet.Load(NpyBytes.Create(descr, false, shape, new byte[bytes]), "a.npy");
        WeightTensor tensor = weights.Tensors.Single();
        Assert.That((tensor.ElementType, tensor.ByteCount), Is.EqualTo((expected, bytes)));
        Assert.That(tensor.ElementTypeName, expected == ElementType.Other ? Is.EqualTo(descr) : Is.EqualTo(expected.ToString()));
        string path = Folder.Write("a.npy", NpyBytes.Create(descr, false, shape, new byte[bytes]));
        Assert.That(() => NpyFile.Read(path), Throws.TypeOf<WeightException>().With.Message.StartsWith($"Cannot read the tensors of '{path}': 'a' is "));
    }

    [TestCase("{'descr':'<f4','fortran_order':False,'shape':()}", 4, TestName = "A single number, no blanks")]
    [TestCase("  {\"shape\": ( 1 , 1 ) , \"fortran_order\" : True, \"descr\": \"<f4\"}  \n", 4, TestName = "Another order of keys, double quotes")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (1L,), }", 4, TestName = "A long integer of Python 2")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1), }", 4, TestName = "Eight extents")]
    public void A_header_may_be_written_otherwise(string header, int bytes)
    {
        using WeightSet weights = WeightSet.Load(NpyBytes.Create(header, new byte[bytes]), "a.npy");
        Assert.That(weights.Tensors.Single().Shape.Count, Is.EqualTo(1));
    }

    [TestCase("", TestName = "No header")]
    [TestCase("{", TestName = "A brace")]
    [TestCase("{}", TestName = "An empty dictionary")]
    [TestCase("{'descr': '<f4', 'fortran_order': False}", TestName = "No shape")]
    [TestCase("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", TestName = "A key twice")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1}", TestName = "A key too many")]
    [TestCase("{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}", TestName = "A number for a truth")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': 1}", TestName = "A number for a shape")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (1)}", TestName = "A number in parentheses")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': [1]}", TestName = "A list for a shape")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", TestName = "A negative extent")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (1.0,)}", TestName = "A fractional extent")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} + 1", TestName = "Something behind the dictionary")]
    [TestCase("{'descr': __import__('os').system('true'), 'fortran_order': False, 'shape': (1,)}", TestName = "Code")]
    [TestCase("{'descr': '<f4, 'fortran_order': False, 'shape': (1,)}", TestName = "A quote that is not closed")]
    public void A_malformed_header_is_refused(string header) =>
        CheckRefused(NpyBytes.Create(header, new byte[4]), "its header is not a dictionary of 'descr', 'fortran_order' and 'shape', so it is damaged or no NumPy array.");

    [TestCase("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", "it holds Python objects, which are pickles and are not read")]
    [TestCase("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", "its elements are records of several fields")]
    [TestCase("{'descr': '<x4', 'fortran_order': False, 'shape': (1,)}", "its elements are of the type '<x4', which is none")]
    [TestCase("{'descr': 'f', 'fortran_order': False, 'shape': (1,)}", "its elements are of the type 'f', which is none")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", "its header tells of 8 bytes of numbers (2 of '<f4'), but 4 follow")]
    [TestCase("{'descr': '|b1', 'fortran_order': False, 'shape': (3,)}", "its header tells of 3 bytes of numbers (3 of '|b1'), but 4 follow")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (2147483648,)}", "one of its extents is beyond 2,147,483,647")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (2147483647, 2147483647, 2147483647, 2147483647)}", "it is larger than 2 GiB")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1)}", "it has more than 8 extents")]
    public void What_cannot_be_read_is_named(string header, string expected) => CheckRefused(NpyBytes.Create(header, new byte[4]), expected);

    [Test]
    public void A_version_or_a_length_that_there_is_not_is_refused()
    {
        byte[] file = NpyBytes.Create("<f4", false, "1,", new byte[4]);
        file[6] = 4;
        CheckRefused(file, "it is a NumPy array of format 4.0, but 1, 2 and 3 are read");
        CheckRefused([0x93, .. "NUMPY"u8, 2, 0, 0xFF, 0xFF, 0xFF, 0xFF, .. new byte[100]], "it declares a header of 4,294,967,295 bytes, but there are 100");
        CheckRefused([0x93, .. "NUMPY"u8, 2, 0, 0, 0], "cut short");
    }

    [Test]
    public void Every_truncation_is_refused()
    {
        byte[] npy = NpyBytes.Create("<f4", false, "2,", new byte[8]);
        byte[] npz = NpyBytes.Zip(CompressionLevel.Optimal, ("a.npy", npy));
        foreach (byte[] whole in new[] { npy, npz })
        {
            for (int length = 0; length < whole.Length; length++)
            {
                Assert.That(() => WeightSet.Load(whole.AsMemory(0, length), "test"), Throws.TypeOf<WeightException>(), $"{length} bytes");
            }
        }
    }

    [Test]
    public void An_archive_is_read_by_name_whatever_packs_it([Values] CompressionLevel level)
    {
        byte[] numbers = [.. Enumerable.Range(0, 300_000).SelectMany(i => BitConverter.GetBytes(i % 1000 / 8f))];
        byte[] file = NpyBytes.Zip(
            level,
            ("conv1.weight.npy", NpyBytes.Create("<f4", false, "300, 10, 100", numbers)),
            ("step.npy", NpyBytes.Create("<i8", false, "", new byte[8])),
            ("empty.npy", NpyBytes.Create("<f4", false, "0, 3", [])),
            ("t.npy", NpyBytes.Create("<f4", true, "10, 30000", numbers)),
            ("readme.txt", "no array"u8.ToArray()));
        string path = Folder.Write("a.npz", file);
        foreach (WeightSet weights in new[] { WeightSet.Open(path), WeightSet.Load(file, "a.npz") })
        {
            using (weights)
            {
                Assert.That(weights.Tensors.Select(tensor => tensor.ToString()), Is.EqualTo(new[] { "conv1.weight (Float32) [300, 10, 100]", "step (Int64) []", "t (Float32) [10, 30000]" }));
                Assert.That(weights.TryGet("conv1.weight", out WeightTensor? tensor), Is.True);
                for (int again = 0; again < 2; again++)
                {
                    Assert.That(StoredBytes.Of(tensor!).AsSpan().SequenceEqual(numbers), Is.True);
                }

                // From the middle, and back again.
                byte[] part = new byte[1000];
                tensor!.Read(500_000, part);
                Assert.That(part.AsSpan().SequenceEqual(numbers.AsSpan(500_000, 1000)), Is.True);
                tensor.Read(400_000, part);
                Assert.That(part.AsSpan().SequenceEqual(numbers.AsSpan(400_000, 1000)), Is.True);
                Assert.That(weights.TryGet("t", out WeightTensor? turned), Is.True);
                Assert.That(Read(turned!)[2], Is.EqualTo(BitConverter.ToSingle(numbers, 20 * 4)));
            }
        }
    }

    [Test]
    public void A_tensor_is_read_by_several_threads_at_once()
    {
        byte[] numbers = [.. Enumerable.Range(0, 100_000).SelectMany(i => BitConverter.GetBytes((float)i))];
        byte[] file = NpyBytes.Zip(
            CompressionLevel.Fastest, [.. Enumerable.Range(0, 4).Select(i => ($"{i}.npy", NpyBytes.Create(i % 2 == 0 ? "<f4" : ">f4", i > 1, "100, 1000", numbers)))]);
        using WeightSet weights = WeightSet.Load(file, "test");
        float[][] alone = [.. weights.Tensors.Select(Read)];
        Parallel.For(0, 40, i => Assert.That(Read(weights.Tensors.ElementAt(i % 4)).AsSpan().SequenceEqual(alone[i % 4]), Is.True));
    }

    [Test]
    public void What_an_archive_claims_is_checked_before_it_is_unpacked()
    {
        byte[] array = NpyBytes.Create("<f4", false, "1000,", new byte[4000]);
        byte[] file = NpyBytes.Zip(CompressionLevel.Optimal, ("a.npy", array));

        // The central directory's uncompressed size (APPNOTE.TXT, 4.3.12).
        int directory = file.AsSpan().LastIndexOf("PK\u0001\u0002"u8);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(directory + 24), 2_000_000_000);
        CheckRefused(file, "the entry 'a.npy' of its zip archive is said to unpack to 2,000,000,000 bytes from ");
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(directory + 24), 5000);
        CheckRefused(file, "its array 'a.npy' cannot be used: its header tells of 4,000 bytes of numbers");
        CheckRefused(NpyBytes.Zip(CompressionLevel.Optimal, ("a.npy", array), ("a.npy", array)), "its zip archive has two entries named 'a.npy'");
        CheckRefused(
            NpyBytes.Zip(CompressionLevel.Optimal, ("a.npy", NpyBytes.Create("|O", false, "1,", "cos\nsystem\n(S'true'\ntR."u8.ToArray()))),
            "its array 'a.npy' cannot be used: it holds Python objects, which are pickles and are not read");
    }

    [Test]
    public void A_bomb_is_not_unpacked_until_a_network_needs_it()
    {
        // 200 MB of zeros in 200 KB.
        byte[] array = NpyBytes.Create("<f4", false, "50000000,", new byte[200_000_000]);
        byte[] file = NpyBytes.Zip(CompressionLevel.Optimal, ("a.npy", array));
        long before = GC.GetAllocatedBytesForCurrentThread();
        using (WeightSet weights = WeightSet.Load(file, "test"))
        {
            Assert.That(() => weights.Validate(LeNet5.Create()), Throws.TypeOf<WeightException>());
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1 << 20));
    }

    [Test]
    public void Data_that_does_not_unpack_is_an_error_of_the_reading()
    {
        byte[] numbers = new byte[4000];
        new Random(1).NextBytes(numbers);
        byte[] file = NpyBytes.Zip(CompressionLevel.Optimal, ("a.npy", NpyBytes.Create("<f4", false, "1000,", [.. new byte[2000], .. numbers[..2000]])));
        for (int at = 300; at < file.Length - 200; at += 100)
        {
            byte[] damaged = [.. file];
            damaged[at] ^= 0xFF;
            using WeightSet weights = WeightSet.Load(damaged, "test");
            try
            {
                Read(weights.Tensors.Single());
            }
            catch (WeightException e)
            {
                Assert.That(e.Message, Does.StartWith("The entry 'a.npy' of 'test' cannot be unpacked: ").And.EndsWith("; the file is damaged."));
            }
        }
    }

    [Test]
    public void What_is_written_is_read_again_bit_by_bit([Values(null, ElementType.Float32, ElementType.Float16, ElementType.Float64)] ElementType? type)
    {
        float[] values = [.. Enumerable.Range(0, 600_003).Select(i => ((i % 251) - 125) / 64f)];
        using WeightSet made = WeightSet.FromTensors("test", [("x", new Shape(600_003), values), ("ünï/code", new Shape(1, 1), [float.NaN]), ("s", new Shape(), [-0f])]);
        string path = Folder["a.npz"];
        made.Save(path, type);
        byte[] first = File.ReadAllBytes(path);
        using (WeightSet read = WeightSet.Open(path))
        {
            Assert.That(read.Tensors.Select(tensor => (tensor.Name, tensor.Shape)), Is.EqualTo(made.Tensors.Select(tensor => (tensor.Name, tensor.Shape))));
            Assert.That(read.Tensors.Select(tensor => tensor.ElementType), Is.All.EqualTo(type ?? ElementType.Float32));
            Assert.That(Read(read.Tensors.First()).AsSpan().SequenceEqual(values), Is.True);
            Assert.That(BitConverter.SingleToUInt32Bits(Read(read.Tensors.Last())[0]), Is.EqualTo(0x8000_0000));
            read.Save(Folder["b.npz"], type: null);
        }

        Assert.That(File.ReadAllBytes(Folder["b.npz"]).AsSpan().SequenceEqual(first), Is.True);
    }

    [Test]
    public void Numbers_of_other_types_are_kept_and_what_NumPy_lacks_is_named_or_widened()
    {
        using WeightSet weights = WeightSet.Load(
            SafetensorsBytes.Create("""{"n":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"b":{"dtype":"BF16","shape":[1],"data_offsets":[8,10]}}""", [1, 2, 3, 4, 5, 6, 7, 8, 0x80, 0x3F]),
            "test");
        string path = Folder["a.npz"];
        weights.Save(path, type: null);
        using WeightSet read = WeightSet.Open(path);
        Assert.That(read.Tensors.Select(tensor => tensor.ElementTypeName), Is.EqualTo(new[] { "Int64", "Float32" }));
        Assert.That(StoredBytes.Of(read.Tensors.First()), Is.EqualTo(new byte[] { 1, 2, 3, 4, 5, 6, 7, 8 }));
        Assert.That(Read(read.Tensors.Last()), Is.EqualTo(new[] { 1f }));
        using WeightSet eight = WeightSet.Load(SafetensorsBytes.Create("""{"e":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}""", [1]), "test");
        Assert.That(
            () => eight.Save(Folder["c.npz"]),
            Throws.TypeOf<WeightException>().With.Message.EqualTo("The tensor 'e' is F8_E4M3, which NumPy's files are not written with; leave it out."));
        Assert.That(File.Exists(Folder["c.npz"]), Is.False);
    }

    [Test]
    public void Tensors_for_other_ends_are_written_and_read()
    {
        var image = new NamedTensor("image", [1, 2], [1, -2]);
        var number = new NamedTensor("number", [], [3]);
        NpyFile.Write(Folder["image.npy"], image);
        NpzFile.Write(Folder["both.npz"], [image, number]);
        foreach ((NamedTensor expected, NamedTensor read) in new[] { image, number, image }.Zip([.. NpzFile.Read(Folder["both.npz"]), NpyFile.Read(Folder["image.npy"])]))
        {
            Assert.That((read.Name, read.Extents, read.Values), Is.EqualTo((expected.Name, expected.Extents, expected.Values)));
        }

        Assert.That(() => NpyFile.Read(Folder["none.npy"]), Throws.TypeOf<WeightException>().With.Message.StartsWith($"The tensors file '{Folder["none.npy"]}' "));
        Assert.That(() => NpyFile.Write(Folder["x/y.npy"], image), Throws.TypeOf<WeightException>().With.Message.Contains("Cannot write the tensors to"));
        Assert.That(() => NpyFile.Write(Folder["x.npy"], image with { Extents = [3] }), Throws.ArgumentException);
    }

    [Test]
    public void An_array_is_written_as_NumPy_writes_it()
    {
        string[] files = Directory.GetFiles(SharedData.Require("models"), "*.npy", SearchOption.AllDirectories);
        Assert.That(files, Is.Not.Empty);
        foreach (string path in files)
        {
            NpyFile.Write(Folder["copy.npy"], NpyFile.Read(path));
            Assert.That(File.ReadAllBytes(Folder["copy.npy"]), Is.EqualTo(File.ReadAllBytes(path)), path);
        }
    }

    private static void CheckRefused(byte[] file, string expected)
    {
        var error = Assert.Throws<WeightException>(() => WeightSet.Load(file, "test"));
        Assert.That(error.Message, Does.StartWith("Cannot read the weights of 'test': ").And.EndsWith(".").And.Contains(expected));
    }

    private static void Put(Span<byte> bytes, float number, bool isBigEndian)
    {
        switch (bytes.Length)
        {
            case 2:
                BinaryPrimitives.WriteHalfLittleEndian(bytes, (Half)number);
                break;
            case 4:
                BinaryPrimitives.WriteSingleLittleEndian(bytes, number);
                break;
            default:
                BinaryPrimitives.WriteDoubleLittleEndian(bytes, number);
                break;
        }

        if (isBigEndian)
        {
            bytes.Reverse();
        }
    }

    private static float[] Read(WeightTensor tensor)
    {
        float[] values = new float[tensor.Shape.Count];
        tensor.CopyTo(values);
        return values;
    }
}
