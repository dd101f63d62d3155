using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Tests.OpenCL;

/// <summary>Kernels get their arguments by name, and what does not fit is refused by the kernel's and the argument's name.</summary>
public sealed class KernelArgumentTests : OpenClFixture
{
    private const string Source = """
        typedef struct {
            int rows; /* of both */
            float scales[3];
        } known_shape;

        typedef struct { int rows; } small_shape;

        // __kernel void commented_out(const double x) {}
        #define DECOY(x) \
            __kernel void decoy(x)

        __kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
        takes(const int count, __global const float *restrict x, __constant uchar *bytes, const known_shape shape,
              const float scale, const uint number, __global float *y) {
            y[0] = count + x[0] + bytes[0] + shape.scales[2] + scale + number;
        }
        """;

    private ClContext _context = null!;
    private ClProgram _program = null!;
    private ClKernel _kernel = null!;

    [SetUp]
    public void Make()
    {
        _context = new ClContext(AnyDevice);
        _program = ClProgram.Build(_context, TestKernels.Load("takes.cl", Source));
        _kernel = _program.CreateKernel("takes");
    }

    [TearDown]
    public void LetGo()
    {
        _kernel.Dispose();
        _program.Dispose();
        _context.Dispose();
    }

    [Test]
    public void Every_argument_reaches_the_kernel_whatever_the_order_they_are_set_in()
    {
        using var queue = new ClQueue(_context);
        using var x = ClBuffer.From<float>(_context, [200f]);
        using var bytes = ClBuffer.From<byte>(_context, [3]);
        using var y = ClBuffer.Allocate(_context, sizeof(float));
        _kernel.Set("y", y);
        _kernel.Set("number", 70_000u);
        _kernel.Set("scale", 0.5f);
        _kernel.Set("shape", new KnownShape(0, 0f, 0f, 1_000f));
        _kernel.Set("bytes", bytes);
        _kernel.Set("x", x);
        _kernel.Set("count", 10);
        queue.Enqueue(_kernel, new(1), new(1));
        float[] result = new float[1];
        queue.Read<float>(y, 0, result);
        Assert.That(result[0], Is.EqualTo(71_213.5f));
    }

    [Test]
    public void What_the_kernel_does_not_have_or_has_otherwise_is_refused_by_name() => Assert.Multiple(() =>
    {
        Refused(() => _kernel.Set("counts", 1), "no argument 'counts'", "'count', 'x', 'bytes', 'shape', 'scale', 'number', 'y'");
        Refused(() => _kernel.Set("count", 1f), "'count' as 'int' of 4 bytes", "'float' of 4 bytes");
        Refused(() => _kernel.Set("count", 1u), "'count' as 'int'", "'uint'");
        Refused(() => _kernel.Set("count", 1L), "'count' as 'int'", "8 bytes");
        Refused(() => _kernel.Set("scale", 1), "'scale' as 'float'", "'int'");
        Refused(() => _kernel.Set("x", 1), "'x' as memory", "'int'");
        Refused(() => _kernel.Set("count", null), "'count' as 'int'", "given memory");
        Refused(() => _kernel.Set("shape", default(Other.KnownShape)), "'shape' as 'known_shape' of 16 bytes", "'known_shape' of 8 bytes");
        Refused(() => _kernel.Set("shape", default(ForeignShape)), "'known_shape' of 16 bytes", "'foreign_shape' of 16 bytes");
    });

    [Test]
    public void A_launch_before_all_arguments_are_set_is_refused_by_the_missing_ones_name()
    {
        using var queue = new ClQueue(_context);
        using var memory = ClBuffer.Allocate(_context, 16);
        foreach (string name in new[] { "x", "bytes", "y" })
        {
            _kernel.Set(name, memory);
        }

        _kernel.Set("shape", default(KnownShape));
        _kernel.Set("count", 1);
        _kernel.Set("number", 1u);
        Refused(() => queue.Enqueue(_kernel, new(1), new(1)), "launched before", "'scale'");
        _kernel.Set("scale", 1f);
        queue.Enqueue(_kernel, new(1), new(1));
        queue.Finish();
    }

    [Test]
    public void A_driver_that_counts_other_arguments_than_the_source_is_not_believed()
    {
        var api = new FaultyClApi(Api) { ArgumentCount = 6 };
        using (var context = new ClContext(ClPlatform.All(api)[0].Devices[0]))
        using (ClProgram program = ClProgram.Build(context, TestKernels.Load("takes.cl", Source)))
        {
            Refused(() => program.CreateKernel("takes"), "6 arguments", "CL_KERNEL_NUM_ARGS", "declares 7");
        }

        Assert.That(api.LiveHandles, Is.Empty);
    }

    [TestCase("__kernel void takes(const double x) {}", "'const double x'")]
    [TestCase("__kernel void takes(const unknown_shape x) {}", "'const unknown_shape x'")]
    [TestCase("typedef struct { double a; } odd_shape;\n__kernel void takes(const odd_shape x) {}", "'const odd_shape x'")]
    [TestCase("__kernel void takes(__local float *x) {}", "'__local float *x'")]
    [TestCase("__kernel void takes(float x) {}\n__kernel void takes(int x) {}", "'takes' twice")]
    [TestCase("__kernel int takes(float x) {}", "declares a kernel in a way")]
    [TestCase("__kernel void gives(float x) {}", "no kernel 'takes'")]
    public void A_declaration_that_is_not_understood_is_refused(string source, string complaint) =>
        Refused(() => new KernelDeclarations(TestKernels.Load("takes.cl", source)).Find("takes"), complaint);

    [Test]
    public void A_kernel_with_several_bodies_and_one_list_of_arguments_is_one_kernel()
    {
        const string Two = "#if A\n__kernel void takes(const int x) {}\n#else\n__kernel void takes(const int  x) { }\n#endif";
        Assert.That(new KernelDeclarations(TestKernels.Load("takes.cl", Two)).All, Has.Count.EqualTo(1));
    }

    private static void Refused(Action action, params string[] parts)
    {
        KernelArgumentException error = Assert.Throws<KernelArgumentException>(action)!;
        Assert.That(error.Message, Does.Contain("'takes"));
        foreach (string part in parts)
        {
            Assert.That(error.Message, Does.Contain(part));
        }
    }

    private readonly record struct KnownShape(int Rows, float First, float Second, float Third);

    private readonly record struct ForeignShape(KnownShape Inner);

    private static class Other
    {
        public readonly record struct KnownShape(int Rows, float First);
    }
}
