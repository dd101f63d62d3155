using Convoy.Imaging;

namespace Convoy.Tests.Imaging;

public class DecodeManyTests : FolderFixture
{
    private static readonly ImageDecoder Decoder = new(ImagePreset.ImageNet, 3, 227, 227);

    [Test]
    public void Every_photo_decodes_to_values_in_the_presets_range()
    {
        string[] files = Directory.GetFiles(SharedData.Require("photos"), "*.JPEG");
        Assert.That(files, Has.Length.EqualTo(100));
        AssertInRange(files);
    }

    [Test]
    public void Every_valid_png_of_the_suite_decodes_to_values_in_the_presets_range()
    {
        string[] files = Directory.GetFiles(SharedData.Require("pngsuite"), "*.png").Where(file => Path.GetFileName(file)[0] != 'x').ToArray();
        Assert.That(files, Has.Length.EqualTo(161));
        AssertInRange(files);
    }

    [Test]
    public void A_batch_decoded_on_many_threads_equals_one_decoded_on_one()
    {
        string[] paths = [.. WriteSamples(), .. WriteSamples(), .. WriteSamples()];
        float[] expected = new float[paths.Length * Decoder.ImageLength];
        for (int i = 0; i < paths.Length; i++)
        {
            Decoder.Decode(paths[i], expected.AsSpan(i * Decoder.ImageLength, Decoder.ImageLength));
        }

        float[] batch = new float[expected.Length];
        for (int round = 0; round < 3; round++)
        {
            Array.Fill(batch, float.NaN);
            ImageException?[] errors = Decoder.DecodeBatch(paths, batch, new ParallelOptions { MaxDegreeOfParallelism = 8 });
            Assert.That(errors, Is.All.Null);
            Assert.That(batch.AsSpan().SequenceEqual(expected), Is.True);
        }
    }

    [Test]
    public void A_bad_file_in_a_batch_leaves_zeros_and_its_error_and_spares_the_rest()
    {
        string[] paths = WriteSamples();
        paths[1] = Folder["none.png"];
        float[] batch = new float[paths.Length * Decoder.ImageLength];
        Array.Fill(batch, float.NaN);
        ImageException?[] errors = Decoder.DecodeBatch(paths, batch);
        for (int i = 0; i < paths.Length; i++)
        {
            float[] image = batch[(i * Decoder.ImageLength)..((i + 1) * Decoder.ImageLength)];
            Assert.That(errors[i]?.Message, i == 1 ? Does.Contain("none.png does not exist") : Is.Null);
            Assert.That(image.All(value => value == 0), i == 1 ? Is.True : Is.False);
            Assert.That(image.All(float.IsFinite), Is.True);
        }
    }

    [Test]
    public void A_batch_of_the_wrong_length_is_refused_and_one_that_was_cancelled_says_so()
    {
        string[] paths = WriteSamples();
        Assert.That(() => Decoder.DecodeBatch(paths, new float[Decoder.ImageLength]), Throws.ArgumentException);
        var cancelled = new ParallelOptions { CancellationToken = new CancellationToken(canceled: true) };
        Assert.That(
            () => Decoder.DecodeBatch(paths, new float[paths.Length * Decoder.ImageLength], cancelled),
            Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void Decoding_again_and_again_keeps_memory_flat()
    {
        byte[] good = TestImages.Jpeg(400, 300, TestImages.Smooth, quality: 90);
        byte[] cut = good[..(good.Length / 2)];
        float[] image = new float[Decoder.ImageLength];
        Repeat(100);
        long managedBefore = GC.GetAllocatedBytesForCurrentThread();
        long residentBefore = Environment.WorkingSet;
        const int Rounds = 1000;
        Repeat(Rounds);
        long managed = GC.GetAllocatedBytesForCurrentThread() - managedBefore;
        long resident = Environment.WorkingSet - residentBefore;

        // The decoded picture has 480,000 bytes and the codec's own state some 30,000.
        Assert.That(managed / Rounds, Is.LessThan(16_000), "managed bytes a round");
        Assert.That(resident, Is.LessThan(Rounds * 16_000L), "resident bytes gained");

        void Repeat(int rounds)
        {
            for (int i = 0; i < rounds; i++)
            {
                Decoder.Decode(good, "good", image);
                Assert.That(() => Decoder.Decode(cut, "cut", image), Throws.TypeOf<ImageException>());
            }
        }
    }

    private static void AssertInRange(string[] files)
    {
        foreach (ImagePreset preset in ImagePreset.All)
        {
            int side = preset.Channels == 1 ? 32 : 227;
            var decoder = new ImageDecoder(preset, preset.Channels, side, side);
            float[] batch = new float[files.Length * decoder.ImageLength];
            Array.Fill(batch, float.NaN);
            Assert.That(decoder.DecodeBatch(files, batch), Is.All.Null);
            for (int channel = 0; channel < preset.Channels; channel++)
            {
                float low = -preset.Mean[channel] / preset.Deviation[channel];
                float high = ((255 * preset.Scale) - preset.Mean[channel]) / preset.Deviation[channel];
                for (int i = 0; i < files.Length; i++)
                {
                    ReadOnlySpan<float> plane = batch.AsSpan((i * decoder.ImageLength) + (channel * side * side), side * side);
                    int outside = plane.IndexOfAnyExceptInRange(low - 1e-5f, high + 1e-5f);
                    Assert.That(outside, Is.EqualTo(-1), $"{preset.Name}, channel {channel} of {files[i]}");
                }
            }
        }
    }

    private string[] WriteSamples() =>
        [.. TestImages.AllFormats(333, 277, TestImages.Noise(333, 277, seed: 2)).Select(sample => Folder.Write(sample.Name, sample.File))];
}
