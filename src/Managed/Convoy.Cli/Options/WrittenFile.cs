using Convoy.Tensors;

namespace Convoy.Cli.Options;

/// <summary>A file that a command is to write.</summary>
internal static class WrittenFile
{
    /// <summary>The kinds of file that weights are written as. What no ending says is written as safetensors.</summary>
    private static readonly Kind[] Kinds =
    [
        new(".safetensors", "safetensors") { HasMetadata = true },
        new(".npz", "NumPy") { HasBrainFloat = false },
        new(".pth", "PyTorch"),
        new(".pt", "PyTorch"),
        new(".h5", "HDF5") { HasBrainFloat = false },
        new(".hdf5", "HDF5") { HasBrainFloat = false },
        new(".caffemodel", "Caffe") { HasBrainFloat = false, HasHalf = false },
        new(".npy", "NumPy") { HasBrainFloat = false },
    ];

    /// <summary>Endings of files that are read, or that others write, and that a file of weights written here must not pretend to be.</summary>
    private static readonly string[] ForeignEndings = [".onnx", ".json", ".keras", ".bin", ".ckpt", ".pb", ".npy", ".tflite"];

    /// <summary>The endings of files that tensors are written to.</summary>
    public static IEnumerable<string> Endings => Kinds.Select(kind => kind.Ending);

    /// <summary>What is said while weights are written: their bytes are counted, but not what a format has beside them.</summary>
    /// <param name="file">The file.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="type">What tensors of floating point are written as; null leaves each as it is.</param>
    public static ProgressText TextOf(string file, WeightSet weights, ElementType? type) => new(
        $"Writing {Path.GetFileName(file)}",
        weights.Tensors.Sum(tensor => type is { } written && IsFloatingPoint(tensor.ElementType) ? tensor.Shape.Count * SizeOf(written) : tensor.ByteCount));

    private static bool IsFloatingPoint(ElementType type) => type is ElementType.Float16 or ElementType.BFloat16 or ElementType.Float32 or ElementType.Float64;

    private static int SizeOf(ElementType written) => written switch
    {
        ElementType.Float16 or ElementType.BFloat16 => 2,
        ElementType.Float32 => 4,
        _ => throw new ArgumentOutOfRangeException(nameof(written), written, "No weights are written in it."),
    };

    /// <summary>Refuses a name that is none, and one that is taken where it was not asked to be replaced.</summary>
    public static void Check(string file, string argument, bool isForced)
    {
        if (file.Length == 0)
        {
            throw new UsageException($"{argument} is empty; name the file to write.");
        }

        if (Directory.Exists(file))
        {
            throw new ConvoyException($"{argument} is {file}, which is a folder; name a file to write.");
        }

        if (Path.GetDirectoryName(file) is { Length: > 0 } folder && !Directory.Exists(folder))
        {
            throw new ConvoyException($"Cannot write '{file}', {argument}: its folder does not exist.");
        }

        if (Path.Exists(file) && !isForced)
        {
            throw new ConvoyException($"{file} is there already; choose another name, or replace it with --force.");
        }
    }

    /// <summary>Refuses files to write that are one another, or one that is read.</summary>
    /// <param name="written">The options that name files to write; null where one is not given.</param>
    /// <param name="read">Those that name files to read.</param>
    public static void CheckDistinct((string Option, string? File)[] written, (string Option, string? File)[] read)
    {
        Dictionary<string, string> taken = [];
        foreach ((string option, string? file) in read.Where(each => !string.IsNullOrEmpty(each.File)))
        {
            taken[Path.GetFullPath(file!)] = option;
        }

        foreach ((string option, string? file) in written.Where(each => each.File is not null))
        {
            if (!taken.TryAdd(Path.GetFullPath(file!), option))
            {
                throw new UsageException($"{option} is {file}, and so is {taken[Path.GetFullPath(file!)]}; name another file to write.");
            }
        }
    }

    /// <summary>Refuses a name whose ending says no kind of file that tensors are written to.</summary>
    public static void CheckEnding(string file, string argument)
    {
        if (KindOf(file) is null)
        {
            throw new UsageException($"{argument} must end with {string.Join(", ", Kinds[..^1].Select(kind => kind.Ending))} or {Kinds[^1].Ending}, which says what is written{SayInstead(file)}.");
        }
    }

    /// <summary>Refuses a name whose ending says another kind of file than weights are written as.</summary>
    public static void CheckWeightEnding(string file, string argument)
    {
        if (ForeignEndings.FirstOrDefault(each => file.EndsWith(each, StringComparison.OrdinalIgnoreCase)) is { } ending)
        {
            throw new UsageException($"{argument} is '{file}', but weights are not written as {ending}: it must end with .safetensors, .npz, .pth, .h5 or .caffemodel{SayInstead(file)}.");
        }
    }

    /// <summary>Refuses a type of numbers that the kind of file, which its name says, does not have.</summary>
    public static void CheckType(string file, ElementType? type)
    {
        if (KindOf(file) is { } kind && !kind.Has(type))
        {
            throw new UsageException($"{kind.Name} has no {(type == ElementType.BFloat16 ? "bf16" : "fp16")}; write {(kind.HasHalf ? "fp32 or fp16" : "fp32")}, or a safetensors file.");
        }
    }

    /// <summary>Whether a file's name says that it is of a kind with no place for metadata.</summary>
    public static bool HasNoMetadata(string file) => KindOf(file) is { HasMetadata: false };

    /// <summary>How many bytes a file has; of a link, what it points to: its own length is that of the path it holds.</summary>
    public static long LengthOf(string file)
    {
        var written = new FileInfo(file);
        return written.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target ? target.Length : written.Length;
    }

    private static Kind? KindOf(string file) => Array.Find(Kinds, kind => file.EndsWith(kind.Ending, StringComparison.OrdinalIgnoreCase));

    /// <summary>What to do about a name of a model, as the end of a sentence.</summary>
    private static string SayInstead(string file) => Path.GetExtension(file).ToUpperInvariant() switch
    {
        ".ONNX" => "; 'convoy export' writes ONNX models",
        ".KERAS" => "; a .keras file is a whole model, whose layers are not written: Keras' load_weights reads *.weights.h5 for one that it has",
        _ => "",
    };

    /// <summary>A kind of file.</summary>
    /// <param name="Ending">How names of such files end.</param>
    /// <param name="Name">Who made the kind, in a sentence.</param>
    private sealed record Kind(string Ending, string Name)
    {
        public bool HasMetadata { get; init; }

        public bool HasHalf { get; init; } = true;

        public bool HasBrainFloat { get; init; } = true;

        public bool Has(ElementType? type) => (HasHalf || type != ElementType.Float16) && (HasBrainFloat || type != ElementType.BFloat16);
    }
}
