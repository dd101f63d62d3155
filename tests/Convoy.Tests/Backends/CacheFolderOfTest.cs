using Convoy.Backends.Native;

namespace Convoy.Tests.Backends;

/// <summary>A cache folder of one test's own, gone afterwards.</summary>
internal sealed class CacheFolderOfTest : IDisposable
{
    private const string FileName = "cache/convolutions.json";
    private readonly TemporaryFolder _above = new();

    /// <summary>The folder; it is not there before something is written.</summary>
    public string Path => _above["cache"];

    /// <summary>The tuning cache's file.</summary>
    public string File => _above[FileName];

    /// <summary>A tuning cache as a process has it that just began.</summary>
    public TuningCache Tuning(Func<IReadOnlyList<NativePlan>, double[]> measure) => new(Path, measure, () => NativeLibraryState.ContentHash);

    /// <summary>Writes the tuning cache's file.</summary>
    public void Write(string text) => _above.Write(FileName, text);

    public void Dispose() => _above.Dispose();
}
