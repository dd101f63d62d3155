using Convoy.Imaging;

namespace Convoy.Cli.Data;

/// <summary>An image to read, or a path that leads to none.</summary>
/// <param name="Path">The path, as far as the user gave it.</param>
/// <param name="Error">Why there is no image; null where there may be one.</param>
internal readonly record struct ImagePath(string Path, ConvoyException? Error = null)
{
    /// <summary>Decodes the image.</summary>
    /// <exception cref="ConvoyException">There is none, or it cannot be read.</exception>
    public void Decode(ImageDecoder decoder, Span<float> input)
    {
        if (Error is not null)
        {
            throw Error;
        }

        decoder.Decode(Path, input);
    }
}

/// <summary>
/// Finds images: files as they are named, folders with all below them, and globs (<c>*</c>, <c>?</c>, and <c>**</c> for any
/// depth), which the shell may not have expanded. Lazily: of however many files, one folder's names are in memory at a time
/// (and those of the folders above it). In the order of the arguments, within a folder by name.
/// </summary>
internal static class ImagePaths
{
    /// <summary>What a file in a folder must end in to be taken for an image; files that are named need not.</summary>
    public static readonly string[] Extensions = [".jpg", ".jpeg", ".png", ".bmp", ".webp"];

    private static string ExtensionList => $"{string.Join(", ", Extensions[..^1])} or {Extensions[^1]}";

    /// <summary>The images that arguments name. One that leads nowhere yields itself with an error.</summary>
    public static IEnumerable<ImagePath> Expand(IEnumerable<string> arguments) => arguments.SelectMany(Expand);

    /// <summary>The images in a folder and all below it.</summary>
    public static IEnumerable<ImagePath> InFolder(string folder)
    {
        FolderListing listing = FolderListing.Read(folder);
        if (listing.Error is { } error)
        {
            yield return new ImagePath(folder, error);
        }

        foreach (string name in listing.Files.Where(IsImageName))
        {
            yield return new ImagePath(Path.Combine(folder, name));
        }

        foreach (ImagePath image in listing.Folders.SelectMany(name => InFolder(Path.Combine(folder, name))))
        {
            yield return image;
        }
    }

    private static IEnumerable<ImagePath> Expand(string argument)
    {
        if (argument.Length == 0)
        {
            return [Failure(argument, "A path is empty; name an image, a folder or a pattern.")];
        }

        if (Directory.Exists(argument))
        {
            return OrFailure(InFolder(argument), argument, $"{argument} holds no {ExtensionList} files; name another folder.");
        }

        return !Path.Exists(argument) && Glob.IsPattern(argument)
            ? OrFailure(Glob.Expand(argument), argument, $"No file matches {argument}; check the pattern.")
            : [new ImagePath(argument)];
    }

    private static IEnumerable<ImagePath> OrFailure(IEnumerable<ImagePath> images, string argument, string sentence)
    {
        bool any = false;
        foreach (ImagePath image in images)
        {
            any = true;
            yield return image;
        }

        if (!any)
        {
            yield return Failure(argument, sentence);
        }
    }

    private static ImagePath Failure(string argument, string sentence) => new(argument, new ConvoyException(sentence));

    private static bool IsImageName(string name) =>
        Extensions.Any(extension => name.EndsWith(extension, StringComparison.OrdinalIgnoreCase));
}
