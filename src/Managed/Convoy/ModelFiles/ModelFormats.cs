using System.Security;
using Convoy.Files;
using Convoy.Weights.Formats;

namespace Convoy.ModelFiles;

/// <summary>Reads a model file of whichever of some formats it has.</summary>
public static class ModelFormats
{
    /// <summary>Reads a model file by the first format that recognises its content.</summary>
    /// <exception cref="ModelFileException">It cannot be opened, is of none of the formats, or is malformed; one sentence that names the file and the fault.</exception>
    public static ModelFile Load(string path, IReadOnlyList<IModelFormat> formats, ModelFileOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(formats);
        (byte[] start, long length) = ReadStart(path);
        IModelFormat format = formats.FirstOrDefault(each => each.Recognizes(start, length))
            ?? throw new ModelFileException($"{path} {DescribeUnknown(start, length, formats)}.") { IsOfWeights = WeightFormats.TryRecognize(start, length) is not null };
        return format.Load(path, options ?? ModelFileOptions.None);
    }

    /// <summary>The first of some formats that recognises a file's content; null where none does.</summary>
    /// <exception cref="ModelFileException">The file cannot be opened; one sentence.</exception>
    public static IModelFormat? Recognize(string path, IReadOnlyList<IModelFormat> formats)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(formats);
        (byte[] start, long length) = ReadStart(path);
        return formats.FirstOrDefault(each => each.Recognizes(start, length));
    }

    /// <summary>Opens a model file for reading.</summary>
    /// <exception cref="ModelFileException">It cannot be opened, or is larger than it may be.</exception>
    internal static FileStream Open(string path, long mostBytes)
    {
        try
        {
            return RegularFile.Open(path, mostBytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SecurityException or ArgumentException or NotSupportedException)
        {
            throw Unopened(path, e);
        }
    }

    /// <summary>What a file is that its one format cannot read, as a part of a sentence; null where it is of that format, or unknown.</summary>
    internal static string? DescribeOther(ReadOnlySpan<byte> file, IModelFormat own, params ReadOnlySpan<IModelFormat> others)
    {
        ReadOnlySpan<byte> start = file[..Math.Min(file.Length, IModelFormat.StartLength)];
        if (own.Recognizes(start, file.Length))
        {
            return null;
        }

        foreach (IModelFormat other in others)
        {
            if (other.Recognizes(start, file.Length))
            {
                return $"it looks like {other.Name}; read it with ModelFormats.Load, and a new {other.GetType().Name}() among its formats";
            }
        }

        return WeightFormats.TryRecognize(start, file.Length) is { } weights
            ? $"it holds weights ({weights.Name}) and no network; open it with WeightSet.Open"
            : ForeignFiles.Describe(start, file.Length);
    }

    private static (byte[] Start, long Length) ReadStart(string path)
    {
        using FileStream file = Open(path, long.MaxValue);
        try
        {
            byte[] start = new byte[Math.Min(file.Length, IModelFormat.StartLength)];
            file.ReadExactly(start);
            return (start, file.Length);
        }
        catch (IOException e)
        {
            throw Unopened(path, e);
        }
    }

    private static ModelFileException Unopened(string path, Exception cause) => new(
        cause is FileNotFoundException or DirectoryNotFoundException ? $"The model {path} {FileNames.DescribeMissing(path)}."
        : Directory.Exists(path) ? $"The model {path} is a folder; name a file in it."
        : $"The model {path} cannot be read ({cause.Message.TrimEnd('.')}); check the path and its permissions.",
        cause);

    private static string DescribeUnknown(ReadOnlySpan<byte> start, long length, IReadOnlyList<IModelFormat> formats)
    {
        string known = string.Join(" or ", formats.Select(format => format.Name));
        return length == 0 ? $"is empty; give a model as {known}"
            : WeightFormats.TryRecognize(start, length) is { } weights ? $"holds weights ({weights.Name}) and no network; give it with --weights behind a model"
            : ForeignFiles.Describe(start, length) is { } foreign ? $"is no model that is read: {foreign}"
            : $"is no model that is read; give one as {known}";
    }
}
