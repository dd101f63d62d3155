using System.Text.Json.Nodes;
using Convoy.Backends.Native;

namespace Convoy.Tests.Backends;

/// <summary>A choice once measured is kept, for the process and for the next, whatever becomes of the file.</summary>
public sealed class TuningCacheTests
{
    private const string Layer = "some layer";

    private static readonly NativePlan[] Plans =
    [
        new() { Algorithm = NativeAlgorithm.Winograd, Points = 6, Isa = InstructionSet.Scalar },
        new() { Algorithm = NativeAlgorithm.Winograd, Points = 8, Isa = InstructionSet.Scalar },
    ];

    [Test]
    public void A_process_measures_once()
    {
        using var folder = new CacheFolderOfTest();
        int measurements = 0;
        TuningCache cache = folder.Tuning(_ => [++measurements, 9]);
        Assert.That(cache.Get(Layer, Plans)["winograd-6"], Is.EqualTo(1));
        File.Delete(folder.File);
        Assert.That(cache.Get(Layer, Plans)["winograd-6"], Is.EqualTo(1));
        Assert.That(cache.Get("another layer", Plans)["winograd-6"], Is.EqualTo(2));
    }

    [Test]
    public void The_next_process_takes_what_the_first_measured()
    {
        using var folder = new CacheFolderOfTest();
        folder.Tuning(_ => [1.5, 2]).Get(Layer, Plans);
        folder.Tuning(_ => [3, 4]).Get("another layer", Plans);
        IReadOnlyDictionary<string, double> times = folder.Tuning(Forbidden).Get(Layer, Plans);
        Assert.That(times, Is.EquivalentTo(new Dictionary<string, double> { ["winograd-6"] = 1.5, ["winograd-8"] = 2 }));
        JsonObject file = JsonNode.Parse(File.ReadAllText(folder.File))!.AsObject();
        Assert.That(file.Select(each => each.Key).ToArray(), Has.Length.EqualTo(2).And.All.Match($@"^.+, scalar, library [0-9a-f]{{16}}: (some|another) layer, Nhwc$"));
        Assert.That(Directory.GetFiles(folder.Path), Has.Length.EqualTo(1), "nothing unfinished is left");
    }

    [Test]
    public void Another_instruction_set_or_layout_is_measured_by_itself()
    {
        using var folder = new CacheFolderOfTest();
        int measurements = 0;
        TuningCache cache = folder.Tuning(_ => [++measurements, 9]);
        cache.Get(Layer, Plans);
        cache.Get(Layer, [.. Plans.Select(plan => plan with { Isa = InstructionSet.Avx2 })]);
        cache.Get(Layer, [.. Plans.Select(plan => plan with { InputLayout = NativeLayout.Nchw })]);
        Assert.That(measurements, Is.EqualTo(3));
    }

    [Test]
    public void An_algorithm_that_was_not_measured_with_the_others_has_all_measured_anew()
    {
        using var folder = new CacheFolderOfTest();
        folder.Tuning(_ => [1, 2]).Get(Layer, Plans);
        NativePlan[] more = [.. Plans, new NativePlan { Algorithm = NativeAlgorithm.Direct, Isa = InstructionSet.Scalar }];
        Assert.That(folder.Tuning(_ => [5, 6, 7]).Get(Layer, more)["winograd-6"], Is.EqualTo(5));
        Assert.That(folder.Tuning(Forbidden).Get(Layer, Plans)["winograd-6"], Is.EqualTo(5));
    }

    [TestCase("")]
    [TestCase("{")]
    [TestCase("null")]
    [TestCase("[1, 2]")]
    [TestCase("{\"KEY\": null}")]
    [TestCase("{\"KEY\": {}}")]
    [TestCase("{\"KEY\": {\"winograd-6\": 1}}")]
    [TestCase("{\"KEY\": {\"winograd-6\": 0, \"winograd-8\": 1}}")]
    [TestCase("{\"KEY\": {\"winograd-6\": -1, \"winograd-8\": 1}}")]
    [TestCase("{\"KEY\": {\"winograd-6\": \"1\", \"winograd-8\": 1}}")]
    [TestCase("{\"KEY\": {\"winograd-6\": 1, \"winograd-8\": 2}} and more")]
    public void A_damaged_file_is_nothing_and_is_written_over(string text)
    {
        using var folder = new CacheFolderOfTest();
        folder.Tuning(_ => [1, 2]).Get(Layer, Plans);
        string key = JsonNode.Parse(File.ReadAllText(folder.File))!.AsObject().Single().Key;
        folder.Write(text.Replace("KEY", key, StringComparison.Ordinal));
        Assert.That(folder.Tuning(_ => [5, 6]).Get(Layer, Plans)["winograd-6"], Is.EqualTo(5));
        Assert.That(folder.Tuning(Forbidden).Get(Layer, Plans)["winograd-6"], Is.EqualTo(5));
    }

    [Test]
    public void Without_a_place_to_write_the_choice_holds_for_the_process()
    {
        using var folder = new CacheFolderOfTest();
        File.WriteAllText(folder.Path, "a file where the folder should be");
        int measurements = 0;
        TuningCache cache = folder.Tuning(_ => [++measurements, 9]);
        cache.Get(Layer, Plans);
        Assert.That(cache.Get(Layer, Plans)["winograd-6"], Is.EqualTo(1));
    }

    [Test]
    public void What_an_unknown_build_of_the_library_took_holds_for_the_process_and_is_not_written()
    {
        using var folder = new CacheFolderOfTest();
        folder.Tuning(_ => [1, 2]).Get(Layer, Plans);
        byte[] stored = File.ReadAllBytes(folder.File);
        int measurements = 0;
        var cache = new TuningCache(folder.Path, _ => [10 + ++measurements, 20], () => null);
        Assert.That(cache.Get(Layer, Plans)["winograd-6"], Is.EqualTo(11));
        Assert.That(cache.Get(Layer, Plans)["winograd-6"], Is.EqualTo(11));
        Assert.That(File.ReadAllBytes(folder.File), Is.EqualTo(stored));
        File.Delete(folder.File);
        Assert.That(cache.Get("another layer", Plans)["winograd-6"], Is.EqualTo(12));
        Assert.That(File.Exists(folder.File), Is.False);
    }

    [Test]
    public void Of_two_processes_that_measure_at_once_the_first_word_counts()
    {
        using var folder = new CacheFolderOfTest();
        TuningCache second = folder.Tuning(_ =>
        {
            folder.Tuning(_ => [1, 2]).Get(Layer, Plans);
            return [8, 7];
        });
        Assert.That(second.Get(Layer, Plans)["winograd-6"], Is.EqualTo(1));
        Assert.That(folder.Tuning(Forbidden).Get(Layer, Plans)["winograd-6"], Is.EqualTo(1));
    }

    [Test]
    public void Writers_at_once_leave_a_sound_file()
    {
        using var folder = new CacheFolderOfTest();
        Parallel.For(0, 8, process =>
        {
            TuningCache cache = folder.Tuning(_ => [1, 2]);
            for (int layer = 0; layer < 20; layer++)
            {
                cache.Get($"layer {process} {layer}", Plans);
            }
        });
        Assert.That(JsonNode.Parse(File.ReadAllText(folder.File))!.AsObject(), Is.Not.Empty);
        Assert.That(Directory.GetFiles(folder.Path), Has.Length.EqualTo(1), "nothing unfinished is left");
    }

    [Test]
    public void A_failed_measurement_is_told_and_not_kept()
    {
        using var folder = new CacheFolderOfTest();
        bool fails = true;
        TuningCache cache = folder.Tuning(_ => fails ? throw new InvalidOperationException("broken") : [1, 2]);
        Assert.That(() => cache.Get(Layer, Plans), Throws.InvalidOperationException);
        fails = false;
        Assert.That(cache.Get(Layer, Plans)["winograd-6"], Is.EqualTo(1));
    }

    [Test]
    public void The_environment_turns_measuring_off_or_says_where_choices_are_kept()
    {
        string? before = Environment.GetEnvironmentVariable("CONVOY_CACHE");
        using var folder = new CacheFolderOfTest();
        try
        {
            Environment.SetEnvironmentVariable("CONVOY_CACHE", "off");
            Assert.That(TuningCache.FromEnvironment(), Is.Null);
            Environment.SetEnvironmentVariable("CONVOY_CACHE", folder.Path);
            var cache = TuningCache.FromEnvironment();
            Assert.That(cache, Is.Not.Null.And.SameAs(TuningCache.FromEnvironment()), "one for the process");
        }
        finally
        {
            Environment.SetEnvironmentVariable("CONVOY_CACHE", before);
        }
    }

    private static double[] Forbidden(IReadOnlyList<NativePlan> plans)
    {
        Assert.Fail("nothing is to be measured");
        return [];
    }
}
