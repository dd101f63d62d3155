using Convoy.Cli.Common;
using Convoy.Tests.Imaging;

namespace Convoy.Tests.Cli;

/// <summary>What a run over images says of what it does not read, or not as it is.</summary>
public sealed class LeftOutTests : FolderFixture
{
    [Test]
    public async Task Files_of_other_extensions_are_counted_by_extension()
    {
        Folder.WriteDigit("7/a.png", 0);
        foreach (string name in new[] { "7/b.tif", "7/c.ppm", "7/deep/d.TIF", "notes", "stray.jpg" })
        {
            Folder.Write(name, "");
        }

        Directory.CreateSymbolicLink(Folder["8"], Folder["7"]);
        CliRun evaluated = await CliRun.ConvoyAsync("evaluate", "lenet5", "--data", Folder.Root, "--output", "json");
        Assert.That(evaluated.ExitCode, Is.Zero);
        Assert.That((long)evaluated.Json["images"]!, Is.EqualTo(1));
        Assert.That(evaluated.ErrorLines, Does.Contain(
            "convoy: 4 files were passed over: 2 .tif, 1 .ppm, 1 without an extension; in folders only .jpg, .jpeg, .png, .bmp and .webp are read."));
        Assert.That(evaluated.ErrorLines, Has.One.StartsWith("convoy: 1 image beside the class folders was passed over"));
        Assert.That(evaluated.ErrorLines, Has.One.StartsWith("convoy: 1 linked folder was passed over"));

        CliRun classified = await CliRun.ConvoyAsync("classify", "lenet5", Folder["7"], "--output", "json");
        Assert.That(classified.ExitCode, Is.Zero);
        Assert.That(classified.ErrorLines, Is.EqualTo(new[]
        {
            "convoy: 3 files were passed over: 2 .tif, 1 .ppm; in folders only .jpg, .jpeg, .png, .bmp and .webp are read.",
        }));
    }

    [Test]
    public async Task Class_folders_named_1_to_10_are_said_to_be_0_to_9()
    {
        for (int i = 0; i < 20; i++)
        {
            Folder.WriteDigit($"{DigitFiles.LabelOf(i) + 1}/{i:00}.png", i);
        }

        for (int i = 1; i <= 10; i++)
        {
            Directory.CreateDirectory(Folder[$"{i}"]);
        }

        CliRun run = await CliRun.ConvoyAsync("evaluate", "lenet5", "--data", Folder.Root, "--output", "json");
        Assert.That((double)run.Json["top1"]!, Is.GreaterThan(0.9));
        Assert.That(run.ErrorLines, Has.Length.EqualTo(1).And.One.Contains("'1' for class 0 to '10' for class 9"));
    }

    [Test]
    public async Task A_network_for_grey_digits_says_once_that_it_is_given_colour()
    {
        string grey = Folder.WriteDigit("grey.png", 0);
        string[] photos = [.. Enumerable.Range(0, 3).Select(i => Folder.Write($"{i}/photo.jpg", TestImages.Jpeg(64, 48, TestImages.Smooth)))];
        string greyJpeg = Folder.Write("grey.jpg", TestImages.Jpeg(64, 48, (x, y) => new SkiaSharp.SKColor((byte)(4 * x), (byte)(4 * x), (byte)(4 * x)), quality: 30));
        CliRun colours = await CliRun.ConvoyAsync(["classify", "lenet5", grey, .. photos]);
        CliRun none = await CliRun.ConvoyAsync("classify", "lenet5", grey, greyJpeg);
        Assert.That(colours.ExitCode, Is.Zero);
        Assert.That(colours.ErrorLines, Has.Length.EqualTo(1).And.One.Contains("colour pictures among the images, but lenet5 reads grey ones"));
        Assert.That(none.Error, Is.Empty);
        CliRun evaluated = await CliRun.ConvoyAsync("evaluate", "lenet5", "--data", Folder.Root, "--output", "json");
        Assert.That(evaluated.ErrorLines, Has.One.Contains("lenet5 reads grey ones"));
    }

    [Test]
    public async Task A_folder_that_cannot_be_listed_is_told_once_and_is_no_image()
    {
        // Not even the superuser lists a folder whose name cannot be said.
        using var unnameable = new UnnameableNames(Folder.Root, "0");
        Folder.WriteDigit("0/a.png", 3);
        unnameable.CreateFolder();
        string[] paths = [Folder["0"], Folder["**/*.png"], Folder["0"]];
        CliRun classified = await CliRun.ConvoyAsync(["classify", "lenet5", .. paths, "--output", "json"]);
        Assert.That(classified.ExitCode, Is.EqualTo(ExitCode.Failed));
        Assert.That(classified.Json.AsArray().Select(image => (string)image!["path"]!), Is.EqualTo(Enumerable.Repeat(Folder["0/a.png"], 3)));
        Assert.That(classified.ErrorLines, Has.Length.EqualTo(1).And.One.Contains("not UTF-8"));

        CliRun evaluated = await CliRun.ConvoyAsync("evaluate", "lenet5", "--data", Folder.Root, "--output", "json", "--predictions");
        Assert.That(evaluated.ExitCode, Is.EqualTo(ExitCode.Failed));
        Assert.That((long)evaluated.Json["images"]!, Is.EqualTo(1));
        Assert.That((long)evaluated.Json["errors"]!, Is.Zero);
        Assert.That(evaluated.ErrorLines, Has.One.Contains("not UTF-8"));
    }

    [Test]
    public async Task A_name_that_is_not_UTF8_is_said_to_be_so()
    {
        using var unnameable = new UnnameableNames(Folder.Root, "0");
        Directory.CreateDirectory(Folder["0"]);
        unnameable.CreateFile("png");
        CliRun run = await CliRun.ConvoyAsync("classify", "lenet5", Folder["0"], "--output", "json");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Failed));
        Assert.That(run.ErrorLines[0], Does.Contain("not UTF-8").And.Not.Contain("does not exist"));

        unnameable.CreateFile("safetensors");
        string weights = Directory.GetFiles(Folder["0"], "*.safetensors").Single();
        Assert.That(
            () => WeightSet.Open(weights),
            Throws.TypeOf<WeightException>().With.Message.EqualTo($"The weights file '{weights}' cannot be opened because its name is not UTF-8; rename it."));
    }

    /// <summary>What is wrong inside image files is told by the command alone: codecs have warnings of their own for it.</summary>
    [Test]
    public void Decoders_keep_their_warnings_off_stderr()
    {
        byte[] png = TestImages.Png(40, 30, TestImages.Smooth);
        byte[] jpeg = TestImages.Jpeg(40, 30, TestImages.Noise(40, 30, seed: 2));
        int files = 0;
        Write("profile.png", TestImages.WithChunk(png, "iCCP"u8, [.. "sRGB\0\0"u8, 1, 2, 3]));
        Write("gamma.png", TestImages.WithChunk(png, "gAMA"u8, [0, 0, 0, 0]));
        Write("text.png", TestImages.WithChunk(png, "zTXt"u8, [.. "k\0\0"u8, 9, 9]));
        Write("crc.png", [.. png[..^20], .. png[^20..].Select(value => (byte)~value)]);
        Write("revision.jpg", [.. jpeg[..11], 9, 99, .. jpeg[13..]]);
        Write("extra.jpg", [.. jpeg[..20], 0, 1, 2, 3, .. jpeg[20..]]);
        Write("short.jpg", [.. jpeg[..(jpeg.Length / 2)], 0xFF, 0xD9]);
        foreach ((string name, byte[] file) in TestImages.AllFormats(40, 30, TestImages.Smooth))
        {
            var random = new Random(5);
            for (int i = 0; i < 50; i++)
            {
                byte[] damaged = (byte[])file.Clone();
                damaged[random.Next(damaged.Length)] ^= (byte)random.Next(1, 256);
                Write($"{name}-{i}.png", damaged);
            }
        }

        string[] shared = [.. new[] { "images-bad", "pngsuite" }.Select(SharedData.Find).OfType<string>()];
        CliRun run = CommandProcess.Run(CommandProcess.Folder, [], ["classify", "lenet5", Folder.Root, .. shared, "--output", "json"]);
        Assert.That(run.Json.AsArray(), Has.Count.GreaterThanOrEqualTo(files));
        Assert.That(run.ErrorLines, Is.All.StartsWith("convoy: "));

        void Write(string name, byte[] file)
        {
            Folder.Write(name, file);
            files++;
        }
    }
}
