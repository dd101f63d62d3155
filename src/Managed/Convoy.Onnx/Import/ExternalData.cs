using System.Globalization;
using Convoy.Onnx.Format;

namespace Convoy.Onnx.Import;

/// <summary>
/// Files beside a model that hold its larger tensors: in its own folder or below, links included, and never elsewhere, whatever
/// the model says. They are kept open, and read when tensors are.
/// </summary>
/// <param name="folder">The model's folder; null for a model that came in a stream.</param>
/// <param name="budget">Grows by what the files hold.</param>
internal sealed class ExternalData(string? folder, FoldingBudget budget) : IDisposable
{
    private readonly Dictionary<string, FileStorage> _files = new(StringComparer.Ordinal);

    /// <summary>The files that were opened.</summary>
    public IEnumerable<WeightStorage> Files => _files.Values;

    /// <summary>The file that a tensor's bytes are in, and where.</summary>
    /// <exception cref="UnsupportedException">There is none, or it does not hold so many.</exception>
    public (WeightStorage File, long Offset) Find(TensorProto proto, long bytes)
    {
        string tensor = $"the tensor {WeightException.Quote(proto.Name)}";
        string? location = Entry(proto, "location");
        if (string.IsNullOrEmpty(location))
        {
            throw new UnsupportedException($"{tensor} is in a file that it does not name");
        }

        FileStorage file = Open(tensor, location);
        long offset = Number(proto, "offset", tensor) ?? 0;
        long length = Number(proto, "length", tensor) ?? bytes;
        if (length != bytes || offset > file.Length - length)
        {
            throw new UnsupportedException(FormattableString.Invariant(
                $"{tensor} needs {bytes:N0} bytes, but has {length:N0} from {offset:N0} on of the {file.Length:N0} in {WeightException.Quote(location)}"));
        }

        return (file, offset);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (FileStorage file in _files.Values)
        {
            file.Dispose();
        }
    }

    private FileStorage Open(string tensor, string location)
    {
        if (_files.TryGetValue(location, out FileStorage? open))
        {
            return open;
        }

        string quoted = WeightException.Quote(location);
        if (folder is null)
        {
            throw new UnsupportedException($"{tensor} is in the file {quoted}, but the model came in a stream; load it by its path");
        }

        if (FindWithin(folder, location) is not { } path)
        {
            throw new UnsupportedException($"{tensor} is in {quoted}, which is not within the model's own folder");
        }

        FileStorage file = FileStorage.Open(path);
        _files.Add(location, file);
        budget.Grow(file.Length);
        return file;
    }

    /// <summary>The real path of a file within a folder, all links followed; null where it leads elsewhere.</summary>
    private static string? FindWithin(string folder, string location)
    {
        if (location.Contains('\0') || location.Contains('\\') || Path.IsPathRooted(location) || location.Split('/').Contains(".."))
        {
            return null;
        }

        try
        {
            string root = Resolve(Path.GetFullPath(folder));
            string path = Resolve(Path.Combine(root, location));
            return path.StartsWith(root.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal) ? path : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Follows the links of each folder on the way, and of the file.</summary>
    private static string Resolve(string path)
    {
        string root = Path.GetPathRoot(path)!;
        string resolved = root;
        foreach (string part in path[root.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            resolved = Path.Combine(resolved, part);
            FileSystemInfo entry = Directory.Exists(resolved) ? new DirectoryInfo(resolved) : new FileInfo(resolved);

            // What a link leads to may lie behind a link again.
            if (entry.LinkTarget is not null && entry.ResolveLinkTarget(returnFinalTarget: true) is { } target)
            {
                resolved = Resolve(target.FullName);
            }
        }

        return resolved;
    }

    private static string? Entry(TensorProto proto, string key) =>
        proto.ExternalData.FirstOrDefault(entry => entry.Key == key)?.Value;

    private static long? Number(TensorProto proto, string key, string tensor) => Entry(proto, key) switch
    {
        null => null,
        var text when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) => number,
        var text => throw new UnsupportedException($"{tensor} has the {key} {WeightException.Quote(text)}, which is no number of bytes"),
    };
}
