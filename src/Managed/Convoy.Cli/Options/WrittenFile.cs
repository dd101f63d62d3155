using Convoy.Tensors;

namespace Convoy.Cli.Options;

/// <summary>A file that a command is to write.</summary>
internal static class WrittenFile
{
    /// <summary>Endings of files that are read, or that others write, and that a file of weights written here must not pretend to be.</summary>
    private static readonly string[] ForeignEndings =
        [".onnx", ".json", ".keras", ".h5", ".hdf5", ".bin", ".ckpt", ".caffemodel", ".pb", ".npy", ".tflite"];

    /// <summary>Refuses a name that is none, and one that is taken where it was not asked to be replaced.</summary>
    public static void Check(string file, string argument, bool isForced)
    {
        if (file.Length == 0)
        {
            throw new UsageException($"{argument} is empty; name the file to write.");
        }

        if (Path.Exists(file) && !isForced)
        {
            throw new ConvoyException($"{file} is there already; choose another name, or replace it with --force.");
        }
    }

    /// <summary>Refuses a name whose ending says another kind of file than weights are written as.</summary>
    public static void CheckWeightEnding(string file, string argument)
    {
        if (ForeignEndings.FirstOrDefault(each => file.EndsWith(each, StringComparison.OrdinalIgnoreCase)) is { } ending)
        {
            string instead = ending == ".onnx" ? "; 'convoy export' writes ONNX models" : "";
            throw new UsageException($"{argument} is '{file}', but weights are not written as {ending}: it must end with .safetensors, .npz or .pth{instead}.");
        }
    }

    /// <summary>Refuses a type of numbers that the kind of file, which its name says, does not have.</summary>
    public static void CheckType(string file, ElementType? type)
    {
        if (type == ElementType.BFloat16 && IsOfNumPy(file))
        {
            throw new UsageException("NumPy has no bf16; write fp32 or fp16, or a safetensors file.");
        }
    }

    /// <summary>Whether a file's name says that it is of a kind with no place for metadata.</summary>
    public static bool HasNoMetadata(string file) => IsOfNumPy(file)
        || file.EndsWith(".pth", StringComparison.OrdinalIgnoreCase) || file.EndsWith(".pt", StringComparison.OrdinalIgnoreCase);

    private static bool IsOfNumPy(string file) =>
        file.EndsWith(".npz", StringComparison.OrdinalIgnoreCase) || file.EndsWith(".npy", StringComparison.OrdinalIgnoreCase);

    /// <summary>How many bytes a file has; of a link, what it points to: its own length is that of the path it holds.</summary>
    public static long LengthOf(string file)
    {
        var written = new FileInfo(file);
        return written.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target ? target.Length : written.Length;
    }
}
