using Convoy.Backends.OpenCL;
using Convoy.Backends.Reference;
using Convoy.Tests.Backends;
using Convoy.Tests.Cases;

namespace Convoy.Tests.OpenCL;

/// <summary>
/// Binary operations over the whole range of floats, of two tensors and of a tensor and a constant, on every device: each row's
/// error bound holds, and special values come out as they should. Log-softmax, which has no row, is held to its own.
/// </summary>
[TestFixtureSource(typeof(DeviceForms), nameof(DeviceForms.Fixtures))]
public sealed class ElementwiseErrorTests(int index, string device, bool asGpu)
{
    private const int Channels = 7;
    private static readonly float[] Special = [0, -0f, 1, -3, 0.3f, float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, float.Epsilon];

    private readonly ReferenceBackend _oracle = new();
    private OpenClBackend _backend = null!;

    private static IEnumerable<BinaryOperation> Operations => Enum.GetValues<BinaryOperation>();

    [OneTimeSetUp]
    public void OpenBackend() => _backend = DeviceForms.Open(index, device, asGpu);

    [OneTimeTearDown]
    public void CloseBackend()
    {
        _backend?.Dispose();
        _oracle.Dispose();
    }

    [TestCaseSource(nameof(Operations))]
    public void Two_tensors_err_no_more_than_the_row_says(BinaryOperation operation)
    {
        // Every pair of special values, and numbers of any size.
        float[] left = [.. Special.SelectMany(a => Special.Select(_ => a)), .. AnySize(5000, 1)];
        float[] right = [.. Special.SelectMany(_ => Special), .. AnySize(5000, 2)];
        Shape shape = Shape.Vector(left.Length);
        AssertHolds(operation, new OperatorCase($"{operation}", new Binary(operation), [shape, shape]), [left, right]);
    }

    [Test]
    public void A_tensor_and_a_constant_err_no_more_than_the_row_says(
        [ValueSource(nameof(Operations))] BinaryOperation operation, [Values] bool isChannelwise, [Values] bool constantFirst)
    {
        float[] numbers = isChannelwise ? Special[..Channels] : [0.3f];
        Shape shape = Shape.Image(Channels, 23, 19);
        float[] inputs = AnySize((int)shape.Count * 2, 3);
        Special.CopyTo(inputs.AsSpan(1));
        AssertHolds(
            operation,
            new OperatorCase($"{operation}", new BinaryConstant(operation, [.. numbers], constantFirst), [shape], Batch: 2),
            [inputs]);
    }

    [TestCase(1)]
    [TestCase(10)]
    [TestCase(1000)]
    public void Log_softmax_errs_no_more_than_its_sum_may(int classes)
    {
        var operatorCase = new OperatorCase("log-softmax", new LogSoftmax(), [Shape.Image(classes, 3, 2)], Batch: 2);
        float[] inputs = [.. TestData.Reals((int)operatorCase.Output.Count * 2, 4).Select(x => 40 * x)];
        float[] found = OperatorRunner.Run(_backend, operatorCase, [inputs], default);
        double[] exact = [.. OperatorRunner.Run(_oracle, operatorCase, [inputs], default)];

        // As pointwise.cl says, and half a unit for the oracle's numbers, which are floats too.
        new ErrorBound(Ulps: 2.5, Absolute: (classes + 32) * 6e-8).AssertHolds(found, exact, i => $"{classes} classes, element {i}");
    }

    private static float[] AnySize(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => MathF.ScaleB((random.NextSingle() * 2) - 1, random.Next(-140, 128)))];
    }

    private void AssertHolds(BinaryOperation operation, OperatorCase operatorCase, float[][] inputs)
    {
        ElementwiseOperation row = ElementwiseOperation.All.Single(each => each.Binary == operation);
        float[] found = OperatorRunner.Run(_backend, operatorCase, inputs, default);
        double[] exact = [.. OperatorRunner.Run(_oracle, operatorCase, inputs, default)];

        // What is correctly rounded is the oracle's number, which is a float too.
        new ErrorBound(row.Ulps == 0.5 ? 0 : row.Ulps + 0.5).AssertHolds(found, exact, i => $"{operation}, element {i} ({inputs[0][i]:R})");
    }
}
