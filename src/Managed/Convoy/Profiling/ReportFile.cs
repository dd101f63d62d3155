using Convoy.Files;

namespace Convoy.Profiling;

/// <summary>Writes the file that shows a profile, so that whoever looks finds the old file or the whole new one.</summary>
internal static class ReportFile
{
    /// <summary>Writes a file; what is there is replaced.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="kind">What is in it, as messages call it.</param>
    /// <param name="write">Writes its bytes.</param>
    /// <exception cref="ConvoyException">The file cannot be written; there is no half of it.</exception>
    public static void Save(string path, string kind, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            if (Directory.Exists(path))
            {
                throw new ConvoyException($"'{path}' is a folder; name a file in it to write the {kind} to.");
            }

            AtomicFile.Write(path, write);
        }
        catch (DirectoryNotFoundException e)
        {
            throw new ConvoyException($"Cannot write the {kind} to '{path}': its folder does not exist.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConvoyException($"Cannot write the {kind} to '{path}': {e.Message.TrimEnd('.')}; name another file.", e);
        }
    }
}
