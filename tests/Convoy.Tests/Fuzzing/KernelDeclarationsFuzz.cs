using System.Text;
using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Tests.Fuzzing;

/// <summary>Kernel files as whoever works on kernels may leave them (CONVOY_KERNELS).</summary>
public sealed class KernelDeclarationsFuzz : ReaderFuzz
{
    private const string Main = "main.cl";
    private const string Included = "included.cl";
    private const int LongestSeed = 6000;

    private static readonly string[] Texts =
    [
        """
        #include "included.cl"
        /* two */ typedef struct tag { int height; float alpha[2]; } pool_shape;
        __kernel __attribute__((reqd_work_group_size(8, 8, 1)))
        void pool(const __global float* restrict x, __global float* y, const pool_shape shape, int n) { y[0] = x[n]; } // end
        """,
        "kernel void copy(__constant uint *x, __global uint *y) { }",
        .. Directory.GetFiles(Path.Combine(Repository.Root, "kernels"), "*.cl").Order(StringComparer.Ordinal).Select(File.ReadAllText).Where(text => text.Length < LongestSeed),
    ];

    private static readonly TextMutation Code = new(
        "__kernel", "kernel", "void", "(", ")", "{", "}", "[", "]", ";", ",", "*", "typedef", "struct", "__global", "__constant", "const", "restrict", "float", "int",
        "#include \"included.cl\"\n", "#include \"main.cl\"\n", "#include \"\"\n", "#include \"none.cl\"\n", "#include \"\0\"\n", "#", "\\\n", "/*", "*/", "//", "\"", "\n",
        "[99999999999]", "__attribute__((", "typedef struct { int a[2000000000]; } pool_shape;\n");

    private protected override int ShortCases => 2000;

    private protected override IReadOnlyList<byte[]> Seeds { get; } = [.. Texts.Select(Encoding.UTF8.GetBytes)];

    private protected override long AllocatedPerByte => 400;

    private protected override byte[] Make(Random random) => random.Next(3) == 0
        ? base.Make(random)
        : Encoding.UTF8.GetBytes(Code.Of(random, Mutation.Any(random, Texts)));

    private protected override void Begin() => Folder.Write(Included, "typedef struct { int n; } numbers;\n");

    private protected override void Check(byte[] fuzzCase)
    {
        Folder.Write(Main, fuzzCase);
        KernelSource? source = null;
        if (Sentence.ReadOrRefuse<KernelSourceException>(() => source = KernelSource.LoadFrom(Folder.Root, Main)))
        {
            Sentence.ReadOrRefuse<KernelArgumentException>(() => CheckKernels(new KernelDeclarations(source!)));
        }
    }

    private static void CheckKernels(KernelDeclarations declarations)
    {
        foreach (KernelSignature kernel in declarations.All)
        {
            if (declarations.Find(kernel.Kernel) != kernel || kernel.Parameters.Any(each => each.Name.Length == 0 || each.IsMemory != (each.Bytes == 0) || each.Bytes < 0))
            {
                throw new FuzzException($"The kernel {kernel.Kernel} takes {string.Join(", ", kernel.Parameters)}.");
            }
        }
    }
}
