using Convoy.Backends.Native;

namespace Convoy.Tests.Backends;

/// <summary>A cache folder of one test's own, gone afterwards.</summary>
internal sealed class CacheFolderOfTest : IDisposable
{
    private const string FileName = "cache/convolutions.json";
    private readonly TemporaryFolder _above = new();

    /// <summary>The folder; it is not there before something is written.</summary>
    public string Path => _above["cache"];

    /// <summary>The file of choices.</summary>
    public string File => _above[FileName];

    /// <summary>Choices as a process has them that just began.</summary>
    public TuningCache Choices(Func<IReadOnlyList<NativePlan>, double[]> measure) => new(Path, measure);

    /// <summary>Writes the file of choices.</summary>
    public void Write(string text) => _above.Write(FileName, text);

    public void Dispose() => _above.Dispose();
}
