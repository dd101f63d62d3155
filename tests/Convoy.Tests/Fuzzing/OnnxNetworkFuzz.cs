using System.Globalization;
using System.Text;
using Convoy.ModelFiles;
using Convoy.Onnx;
using Convoy.Tests.Conformance;
using Convoy.Tests.Onnx;

namespace Convoy.Tests.Fuzzing;

/// <summary>Random networks written as ONNX: ONNX Runtime answers as the reference does, and so does what is read back.</summary>
public sealed class OnnxNetworkFuzz : FuzzFixture<RandomNetwork>
{
    // Beyond it, single precision has no decimals left to compare.
    private const float LargestNumber = 1e4f;
    private const double MostError = 1e-4;

    private protected override int ShortCases => 300;

    private protected override RandomNetwork Make(Random random) => RandomNetwork.Create(random);

    private protected override byte[] Save(RandomNetwork fuzzCase) => Encoding.UTF8.GetBytes(fuzzCase.Describe());

    private protected override RandomNetwork Load(byte[] saved) => Make(int.Parse(Encoding.UTF8.GetString(saved).Split()[0], CultureInfo.InvariantCulture));

    private protected override void Check(RandomNetwork fuzzCase)
    {
        try
        {
            Compare(fuzzCase);
        }
        catch (Exception e)
        {
            throw new FuzzException($"{e.Message}\n{fuzzCase.Describe()}\n{e}");
        }
    }

    private static void Compare(RandomNetwork fuzzCase)
    {
        Network network = fuzzCase.Network;
        using WeightSet weights = WeightSet.Random(network, fuzzCase.Seed);
        float[] images = TestData.Reals(fuzzCase.Images * (int)network.Input.Shape.Count, fuzzCase.Seed);
        float[][] whole = Run(fuzzCase.Whole, weights, images);
        if (!(whole.Max(values => values.Max(Math.Abs)) < LargestNumber))
        {
            return;
        }

        float[][] expected = Run(network, weights, images);
        double size = Math.Max(1e-3, whole.Max(values => Math.Sqrt(values.Average(value => (double)value * value))));
        if (!network.Nodes.Any(node => IsOneWay(node.Layer)))
        {
            var stream = new MemoryStream();
            OnnxModel.Save(network, weights, stream);
            stream.Position = 0;
            using ModelFile read = OnnxModel.Load(stream, "random");
            AssertClose(ModelRun.Run(read, [images], Device.Reference), expected, size, "read back");
        }

        if (!network.Nodes.Any(IsBeyondOnnxRuntime))
        {
            AssertClose(OnnxRuntimeOracle.RunAll(network, weights, images), expected, size, "ONNX Runtime");
        }
    }

    /// <summary>What is written as a power of numbers, which is no layer that could be read back.</summary>
    private static bool IsOneWay(Layer layer) => layer is LocalResponseNormalization { Size: var size } && size % 2 == 0;

    /// <summary>Pooling whose padding is as large as its kernel, which is no fault where that is dilated; ONNX Runtime takes it for one.</summary>
    private static bool IsBeyondOnnxRuntime(Node node)
    {
        if (node.Layer is not Pool2D pool)
        {
            return false;
        }

        Padding padding = pool.Window.ResolvePadding(node.InputShapes[0]);
        return Math.Max(padding.Top, padding.Bottom) >= pool.Kernel.Height || Math.Max(padding.Left, padding.Right) >= pool.Kernel.Width;
    }

    private static void AssertClose(float[][] actual, float[][] expected, double size, string what)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            double error = Agreement.RelativeError(actual[i], expected[i], size * Math.Sqrt(expected[i].Length));
            if (!(error <= MostError))
            {
                throw new FuzzException($"{what}, output {i}: the relative L2 error is {error:E2}, at most {MostError:E2} is allowed.");
            }
        }
    }

    private static float[][] Run(Network network, WeightSet weights, float[] images)
    {
        int count = images.Length / (int)network.Input.Shape.Count;
        using InferenceSession session = network.Compile(Device.Reference, weights, new SessionOptions { BatchSize = count });
        float[][] outputs = [.. network.Outputs.Select(output => new float[count * output.Shape.Count])];
        session.Run(images, (ReadOnlySpan<Memory<float>>)[.. outputs.Select(output => output.AsMemory())]);
        return outputs;
    }
}
