using Convoy.Backends.Native;

namespace Convoy.Tests.Backends;

/// <summary>A cache folder of one test's own, gone afterwards.</summary>
internal sealed class CacheFolderOfTest : IDisposable
{
    private readonly DirectoryInfo _above = Directory.CreateTempSubdirectory("convoy-choices-");

    /// <summary>The folder; it is not there before something is written.</summary>
    public string Path => System.IO.Path.Combine(_above.FullName, "cache");

    /// <summary>The file of choices.</summary>
    public string File => System.IO.Path.Combine(Path, "convolutions-3.json");

    /// <summary>Choices as a process has them that just began.</summary>
    public MeasuredChoices Choices(Func<IReadOnlyList<NativePlan>, double[]> measure) => new(Path, measure);

    /// <summary>Writes the file of choices.</summary>
    public void Write(string text)
    {
        Directory.CreateDirectory(Path);
        System.IO.File.WriteAllText(File, text);
    }

    public void Dispose() => _above.Delete(recursive: true);
}
