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

    /// <summary>The extensions with commas in between, and a word before the last.</summary>
    public static string ListExtensions(string word) => $"{string.Join(", ", Extensions[..^1])} {word} {Extensions[^1]}";

    /// <summary>The images that arguments name. One that leads nowhere yields itself with an error.</summary>
    public static IEnumerable<ImagePath> Expand(IEnumerable<string> arguments, SearchFindings findings) =>
        arguments.SelectMany(argument => Expand(argument, findings));

    /// <summary>The images in a folder and all below it; the findings count the other files.</summary>
    public static IEnumerable<ImagePath> InFolder(string folder, SearchFindings findings)
    {
        foreach (string file in Glob.AllIn(folder).FindFiles(findings.List))
        {
            if (IsImageName(file))
            {
                yield return new ImagePath(file);
            }
            else
            {
                findings.PassOver(file);
            }
        }
    }

    /// <summary>Whether a file in a folder is taken for an image.</summary>
    public static bool IsImageName(string name) =>
        Extensions.Any(extension => name.EndsWith(extension, StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<ImagePath> Expand(string argument, SearchFindings findings)
    {
        if (argument.Length == 0)
        {
            return [Failure(argument, "A path is empty; name an image, a folder or a pattern.")];
        }

        if (Directory.Exists(argument))
        {
            return OrFailure(InFolder(argument, findings), argument, $"{argument} holds no {ListExtensions("or")} files; name another folder.", findings);
        }

        return !Path.Exists(argument) && Glob.IsPattern(argument) ? Match(argument, findings) : [new ImagePath(argument)];
    }

    private static IEnumerable<ImagePath> Match(string pattern, SearchFindings findings)
    {
        try
        {
            IEnumerable<ImagePath> files = Glob.Parse(pattern).FindFiles(findings.List).Select(file => new ImagePath(file));
            return OrFailure(files, pattern, $"No file matches {pattern}; check the pattern.", findings);
        }
        catch (ConvoyException e)
        {
            return [new ImagePath(pattern, e)];
        }
    }

    /// <summary>The images, or a failure where there are none; a folder that could not be listed is failure enough.</summary>
    private static IEnumerable<ImagePath> OrFailure(IEnumerable<ImagePath> images, string argument, string sentence, SearchFindings findings)
    {
        int failedBefore = findings.FailedListings;
        bool any = false;
        foreach (ImagePath image in images)
        {
            any = true;
            yield return image;
        }

        if (!any && findings.FailedListings == failedBefore)
        {
            yield return Failure(argument, sentence);
        }
    }

    private static ImagePath Failure(string argument, string sentence) => new(argument, new ConvoyException(sentence));
}
