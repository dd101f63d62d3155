using Convoy.Imaging;

namespace Convoy.Tests.Imaging;

public class MnistDatasetTests : FolderFixture
{
    private static readonly byte[] Pixels = Enumerable.Range(0, 3 * 2 * 4).Select(i => (byte)(i * 10)).ToArray();

    [Test]
    public void The_real_test_set_has_10000_digits_that_begin_with_7_2_1_0_4()
    {
        MnistDataset digits = MnistDataset.Open(SharedData.Require("mnist"));
        Assert.That(digits.Count, Is.EqualTo(10_000));
        Assert.That((digits.Rows, digits.Columns), Is.EqualTo((28, 28)));
        Assert.That(Enumerable.Range(0, 5).Select(digits.GetLabel), Is.EqualTo(new[] { 7, 2, 1, 0, 4 }));
        float[] image = new float[32 * 32];
        digits.CopyImage(0, image, 32, 32);
        Assert.That(image, Is.All.InRange(0f, 1f));
        Assert.That(image.Sum() * 255, Is.EqualTo(18_454).Within(0.5));
    }

    [Test]
    public void The_real_training_set_has_60000_digits_that_begin_with_5_0_4_1_9()
    {
        MnistDataset digits = MnistDataset.Open(SharedData.Require("mnist"), MnistSplit.Train);
        Assert.That(digits.Count, Is.EqualTo(60_000));
        Assert.That(Enumerable.Range(0, 5).Select(digits.GetLabel), Is.EqualTo(new[] { 5, 0, 4, 1, 9 }));
    }

    [TestCase("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", MnistSplit.Test)]
    [TestCase("t10k-images-idx3-ubyte.gz", "t10k-labels.idx1-ubyte", MnistSplit.Test)]
    [TestCase("train-images.idx3-ubyte", "train-labels-idx1-ubyte.gz", MnistSplit.Train)]
    [TestCase("train-images.idx3-ubyte.gz", "train-labels.idx1-ubyte.gz", MnistSplit.Train)]
    public void Files_are_found_by_each_of_their_usual_names(string images, string labels, MnistSplit split)
    {
        Write(images, IdxFileTests.Images(3, 2, 4, Pixels));
        Write(labels, IdxFileTests.Labels(3, [9, 8, 7]));
        MnistDataset digits = MnistDataset.Open(Folder.Root, split);
        Assert.That(digits.GetLabel(1), Is.EqualTo(8));
        MnistSplit other = split == MnistSplit.Test ? MnistSplit.Train : MnistSplit.Test;
        Assert.That(() => MnistDataset.Open(Folder.Root, other), Throws.TypeOf<DatasetException>().With.Message.Contains($"{Folder.Root} holds no "));
    }

    [Test]
    public void A_digit_is_copied_to_the_centre_of_a_background_of_0()
    {
        MnistDataset digits = Read(Pixels, [9, 8, 7]);
        float[] image = new float[5 * 6];
        Array.Fill(image, float.NaN);
        digits.CopyImage(1, image, 5, 6);
        for (int i = 0; i < image.Length; i++)
        {
            (int y, int x) = ((i / 6) - 1, (i % 6) - 1);
            float expected = x is >= 0 and < 4 && y is >= 0 and < 2 ? (80 + (((y * 4) + x) * 10)) / 255f : 0;
            Assert.That(image[i], Is.EqualTo(expected).Within(1e-7), $"pixel {i}");
        }
    }

    [Test]
    public void A_digit_equals_the_same_picture_decoded_with_the_preset()
    {
        byte[] pixels = new byte[28 * 28];
        new Random(6).NextBytes(pixels);
        MnistDataset digits = MnistDataset.Read(
            new MemoryStream(IdxFileTests.Images(1, 28, 28, pixels)), new MemoryStream(IdxFileTests.Labels(1, [3])), "digits");
        float[] copied = new float[32 * 32];
        float[] decoded = new float[32 * 32];
        digits.CopyImage(0, copied, 32, 32);
        byte[] png = TestImages.Png(28, 28, (x, y) => new SkiaSharp.SKColor(pixels[(y * 28) + x], pixels[(y * 28) + x], pixels[(y * 28) + x]));
        new ImageDecoder(ImagePreset.Mnist, 1, 32, 32).Decode(png, "digit", decoded);
        Assert.That(copied, Is.EqualTo(decoded));
    }

    [Test]
    public void What_does_not_fit_is_refused()
    {
        MnistDataset digits = Read(Pixels, [9, 8, 7]);
        Assert.That(() => digits.CopyImage(0, new float[8], 2, 3), Throws.TypeOf<DatasetException>().With.Message.Contains("2 x 4 pixels do not fit a network's input of 2 x 3"));
        Assert.That(() => digits.CopyImage(0, new float[29], 5, 6), Throws.ArgumentException);
        Assert.That(() => digits.CopyImage(3, new float[30], 5, 6), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => digits.GetLabel(3), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => digits.GetLabel(-1), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Labels_that_disagree_with_the_images_are_refused()
    {
        Assert.That(() => Read(Pixels, [9, 8]), Throws.TypeOf<DatasetException>().With.Message.Contains("holds 3 images but digits (labels) holds 2 labels; "));
        Assert.That(() => Read(Pixels, [9, 10, 7]), Throws.TypeOf<DatasetException>().With.Message.Contains("gives image 1 the label 10, "));
    }

    [Test]
    public void AFolder_without_the_files_or_that_is_none_is_refused()
    {
        Assert.That(() => MnistDataset.Open(Folder.Root), Throws.TypeOf<DatasetException>().With.Message.Contains("holds no t10k-images-idx3-ubyte (nor "));
        Assert.That(() => MnistDataset.Open(Folder["none"]), Throws.TypeOf<DatasetException>().With.Message.Contains("does not exist; "));
        Write("file", []);
        Assert.That(() => MnistDataset.Open(Folder["file"]), Throws.TypeOf<DatasetException>().With.Message.Contains("is a file; "));
    }

    private static MnistDataset Read(byte[] pixels, byte[] labels) => MnistDataset.Read(
        new MemoryStream(IdxFileTests.Images(3, 2, 4, pixels)), new MemoryStream(IdxFileTests.Labels((uint)labels.Length, labels)), "digits");

    [Test]
    public void A_split_that_there_is_not_is_refused() =>
        Assert.That(() => MnistDataset.Open(Folder.Root, (MnistSplit)99), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("no such split"));

    private void Write(string name, byte[] bytes) =>
        Folder.Write(name, name.EndsWith(".gz", StringComparison.Ordinal) ? IdxFileTests.Gzip(bytes) : bytes);
}
