using Convoy.Files;

namespace Convoy.Weights;

/// <summary>Writes a weights file, so that whoever looks finds the old file or the whole new one, and reports in a sentence why it cannot be.</summary>
internal static class WeightFile
{
    /// <summary>Writes a file; what is there is replaced, with what it allows, and a link stays a link: what it points to is replaced.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="write">Writes its bytes.</param>
    /// <param name="kind">What is in it, as messages call it.</param>
    /// <exception cref="WeightException">The file cannot be written; there is no half of it.</exception>
    public static void Save(string path, Action<Stream> write, string kind = "weights")
    {
        try
        {
            if (Directory.Exists(path))
            {
                throw new WeightException($"'{path}' is a folder; name a file in it to write the {kind} to.");
            }

            AtomicFile.Write(path, write);
        }
        catch (DirectoryNotFoundException e)
        {
            throw new WeightException($"Cannot write the {kind} to '{path}': its folder does not exist.", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new WeightException($"Cannot write the {kind} to '{path}': permission denied.", e);
        }
        catch (IOException e)
        {
            throw new WeightException($"Cannot write the {kind} to '{path}': {e.Message.TrimEnd('.')}; name another file.", e);
        }
    }
}
