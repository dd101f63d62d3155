namespace Convoy.Tests.Support;

/// <summary>A folder for one test's files, gone afterwards.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("convoy-").FullName;

    /// <summary>The path of a file in it.</summary>
    public string this[string name] => Path.Combine(Root, name);

    /// <summary>Writes a file, with the folders above it, and answers its path.</summary>
    public string Write(string name, string text) => Write(name, System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>Writes a file, with the folders above it, and answers its path.</summary>
    public string Write(string name, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[name])!);
        File.WriteAllBytes(this[name], content);
        return this[name];
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
