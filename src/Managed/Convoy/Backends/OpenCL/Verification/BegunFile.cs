namespace Convoy.Backends.OpenCL.Verification;

/// <summary>
/// Verdicts of a process that is about to do what it may not survive, the last on that itself. It holds a lock on the file as long
/// as it lives, and removes it when it goes in good order: what is there without a lock tells of one that did not.
/// </summary>
internal sealed class BegunFile : IDisposable
{
    private const string Prefix = "opencl-begun-";
    private const string Suffix = ".json";
    private const int MostBytes = 1 << 20;

    private readonly FileStream _file;

    private BegunFile(FileStream file)
    {
        _file = file;
        AppDomain.CurrentDomain.ProcessExit += Remove;
    }

    /// <summary>Writes one; null where that cannot be, so that nobody will know.</summary>
    public static BegunFile? Create(string folder, byte[] content)
    {
        FileStream? file = null;
        try
        {
            CacheFolder.Create(folder);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            file = new FileStream(Path.Combine(folder, $"{Prefix}{Guid.NewGuid():N}{Suffix}"), options);
            file.Write(content);
            return new BegunFile(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            return null;
        }
    }

    /// <summary>Takes what processes that are gone have left.</summary>
    /// <param name="folder">Where it lies.</param>
    /// <param name="take">Is given the content of each, which is removed then.</param>
    /// <exception cref="IOException">The system refuses.</exception>
    /// <exception cref="UnauthorizedAccessException">The system refuses.</exception>
    public static void TakeLeft(string folder, Action<byte[]> take)
    {
        foreach (string path in Directory.Exists(folder) ? Directory.GetFiles(folder, $"{Prefix}*{Suffix}") : [])
        {
            if (ReadUnlocked(path) is { Length: > 0 } content)
            {
                take(content);
                File.Delete(path);
            }
        }
    }

    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= Remove;
        Remove(null, EventArgs.Empty);
    }

    /// <summary>The content of a file; null where whoever began it is at it, or it is not to be believed.</summary>
    private static byte[]? ReadUnlocked(string path)
    {
        try
        {
            return CacheFile.Read(path, MostBytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private void Remove(object? sender, EventArgs e)
    {
        try
        {
            // Nothing in it tells of nobody, should it stay.
            _file.SetLength(0);
            _file.Dispose();
            File.Delete(_file.Name);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            // It tells of nobody.
        }
    }
}
