using Convoy.Imaging;

namespace Convoy.Cli.Demo;

/// <summary>The handwritten digits that come with the command.</summary>
internal static class DemoDigits
{
    /// <summary>Whom they are due to.</summary>
    public const string Credit = "MNIST by Y. LeCun and C. Cortes, CC BY-SA 3.0";

    /// <summary>Loads the first 1,000 of MNIST's test digits.</summary>
    public static MnistDataset Load()
    {
        using Stream images = Open("digits-1000-images-idx3-ubyte.gz");
        using Stream labels = Open("digits-1000-labels-idx1-ubyte.gz");
        return MnistDataset.Read(images, labels, "the demo's digits");
    }

    private static Stream Open(string name) => typeof(DemoDigits).Assembly.GetManifestResourceStream($"Convoy.Cli.Demo.{name}")
        ?? throw new InvalidOperationException($"The assembly was built without {name}.");
}
