using System.IO.Compression;
using System.Text;

namespace Convoy.Tests.Weights.Keras;

/// <summary>Files that make-fixtures.py wrote with h5py, and the numbers in them, from the same formula.</summary>
internal static class KerasFixture
{
    private const int Variance = 4;

    private static readonly (string Name, int[] Extents)[] Arrays =
    [
        ("conv2d.weight", [3, 3, 3, 4]),
        ("conv2d.bias", [4]),
        ("batch_normalization.bias", [4]),
        ("batch_normalization.running_mean", [4]),
        ("batch_normalization.running_var", [4]),
        ("depthwise_conv2d.weight", [3, 3, 4, 2]),
        ("depthwise_conv2d.bias", [8]),
        ("dense.weight", [48, 5]),
        ("dense.bias", [5]),
        ("batch_normalization.weight", [4]),
    ];

    public static string Folder => System.IO.Path.Combine(Repository.Root, "tests", "Convoy.Tests", "Weights", "Keras", "Fixtures");

    public static string Path(string name) => System.IO.Path.Combine(Folder, name);

    /// <summary>Writes one of the archives with another configuration.</summary>
    public static void Rewrite(string name, string path, Func<string, string> rewrite)
    {
        File.Copy(Path(name), path);
        using ZipArchive archive = ZipFile.Open(path, ZipArchiveMode.Update);
        ZipArchiveEntry entry = archive.GetEntry("config.json")!;
        using Stream stream = entry.Open();
        string config = new StreamReader(stream).ReadToEnd();
        string rewritten = rewrite(config);
        Assert.That(rewritten, Is.Not.EqualTo(config));
        stream.SetLength(0);
        stream.Write(Encoding.UTF8.GetBytes(rewritten));
    }

    /// <summary>The model's arrays as Keras has them: channels last.</summary>
    public static float[] Array(string name)
    {
        int index = System.Array.FindIndex(Arrays, array => array.Name == name);
        int count = Arrays[index].Extents.Aggregate(1, (product, extent) => product * extent);
        return [.. Enumerable.Range(0, count).Select(i => Number(index, i))];
    }

    /// <summary>Every tensor as it is expected: its axes in the order of channels first, a dense layer's features in their own order.</summary>
    /// <param name="hasGamma">Whether batch normalisation has its scale, which files without a configuration have to have.</param>
    public static IEnumerable<(string Name, Shape Shape, float[] Values)> Tensors(bool hasGamma)
    {
        foreach ((string name, int[] extents) in Arrays.Where(array => hasGamma || array.Name != "batch_normalization.weight"))
        {
            float[] array = Array(name);
            yield return name switch
            {
                "conv2d.weight" => (name, new Shape(4, 3, 3, 3), Fill(4, 27, (o, i) => array[((i % 9 * 3) + (i / 9)) * 4 + o])),
                "depthwise_conv2d.weight" => (name, new Shape(8, 1, 3, 3), Fill(8, 9, (o, i) => array[(i * 8) + o])),
                "dense.weight" => (name, new Shape(5, 48), Fill(5, 48, (o, i) => array[(i * 5) + o])),
                _ => (name, new Shape(extents), array),
            };
        }
    }

    private static float Number(int index, int place)
    {
        float number = (float)(((((7919L * place) + (104729L * index)) % 257) - 128) / 256.0);
        return index == Variance ? Math.Abs(number) + 0.5f : number;
    }

    private static float[] Fill(int rows, int columns, Func<int, int, float> value) =>
        [.. Enumerable.Range(0, rows * columns).Select(i => value(i / columns, i % columns))];
}
