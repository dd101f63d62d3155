namespace Convoy.Tests.Fuzzing;

/// <summary>A random network's answers: the reference's, and whether a device's are near enough and do not depend on their neighbours.</summary>
internal sealed class NetworkRuns
{
    // What a step may err relative to its numbers, convolutions by how they are computed; a step of another kind as if direct.
    private const double DirectError = 1e-6;
    private const double Winograd6Error = 4e-6;
    private const double WinogradError = 1e-5;
    private const double Float16Error = 4.9e-4;
    private const double BFloat16Error = 3.91e-3;

    // Layers behind a step make its error larger by so much at most, all together.
    private const double Gain = 8;
    private const double ElementError = 1e-4;

    private readonly RandomNetwork _case;
    private readonly WeightSet _weights;
    private readonly float[] _images;
    private readonly Dictionary<string, float[]> _expected;

    /// <summary>Runs the reference.</summary>
    public NetworkRuns(RandomNetwork fuzzCase, WeightSet weights)
    {
        (_case, _weights) = (fuzzCase, weights);
        _images = TestData.Reals(fuzzCase.Images * ImageLength, fuzzCase.Seed);
        using InferenceSession session = fuzzCase.Whole.Compile(Device.Reference, weights, new SessionOptions { BatchSize = fuzzCase.Images });
        float[][] all = Run(session, fuzzCase.Whole, _images);
        _expected = fuzzCase.Whole.Outputs.Select((node, i) => (node.Name, all[i])).ToDictionary();
        Scale = all.Max(values => values.Max(Math.Abs));
        Size = all.Max(RootMeanSquare);
    }

    /// <summary>The largest number in the network; NaN where there is one.</summary>
    public float Scale { get; }

    /// <summary>The root mean square of the layer that has the largest.</summary>
    private double Size { get; }

    private int ImageLength => (int)_case.Network.Input.Shape.Count;

    /// <summary>Throws when a device's answers are not the reference's, or depend on what they must not depend on.</summary>
    public void Check(Device device, SessionOptions options)
    {
        string what = $"{device}, {options}";
        float[][] answers;
        using (InferenceSession session = _case.Network.Compile(device, _weights, options))
        {
            answers = Run(session, _case.Network, _images);
            CheckValues(answers, options, $"{what}: {string.Join(", ", session.Steps.Select(step => step.Algorithm))}");
            CheckPlaces(session, answers, what);
        }

        // Another number of threads, and of images at a time where the algorithm does not depend on it.
        SessionOptions other = options with
        {
            Threads = options.Threads == 0 ? 0 : (options.Threads % 4) + 1,
            BatchSize = options.ConvolutionAlgorithm is ConvolutionAlgorithm.Auto or ConvolutionAlgorithm.Winograd ? options.BatchSize : (options.BatchSize % 3) + 1,
        };
        using InferenceSession second = _case.Network.Compile(device, _weights, other);
        AssertSame(Run(second, _case.Network, _images), answers, $"{what}, against {other.Threads} threads, {other.BatchSize} at a time");
    }

    private void CheckValues(float[][] answers, SessionOptions options, string what)
    {
        double bound = Gain * ErrorOf(options);
        for (int i = 0; i < answers.Length; i++)
        {
            string output = $"{what}, '{_case.Network.Outputs[i].Name}'";
            float[] expected = _expected[_case.Network.Outputs[i].Name];
            double size = Math.Max(Size, 1e-3);
            double error = Agreement.RelativeError(answers[i], expected, leastNorm: size * Math.Sqrt(expected.Length));
            if (!(error <= bound))
            {
                throw new FuzzException($"{output}: the relative L2 error is {error:E2}, at most {bound:E2} is allowed.");
            }

            double element = ElementError * Math.Max(1, bound / (Gain * WinogradError));
            for (int j = 0; j < expected.Length; j++)
            {
                if (!(Math.Abs(answers[i][j] - expected[j]) <= element * Math.Max(Math.Max(1, Scale), Math.Abs(expected[j]))))
                {
                    throw new FuzzException($"{output}: number {j} is {answers[i][j]:R}, expected {expected[j]:R}.");
                }
            }
        }
    }

    /// <summary>Each image alone, and all in reversed order.</summary>
    private void CheckPlaces(InferenceSession session, float[][] answers, string what)
    {
        float[] reversed = new float[_images.Length];
        int images = _case.Images;
        for (int i = 0; i < images; i++)
        {
            Span<float> image = _images.AsSpan(i * ImageLength, ImageLength);
            image.CopyTo(reversed.AsSpan((images - 1 - i) * ImageLength));
            AssertSame(Run(session, _case.Network, image), [.. answers.Select(each => Part(each, i))], $"{what}, image {i} alone");
        }

        float[][] back = Run(session, _case.Network, reversed);
        for (int i = 0; i < images; i++)
        {
            AssertSame([.. back.Select(each => Part(each, images - 1 - i))], [.. answers.Select(each => Part(each, i))], $"{what}, image {i} in reversed order");
        }
    }

    private double ErrorOf(SessionOptions options)
    {
        double convolution = options.ConvolutionAlgorithm switch
        {
            ConvolutionAlgorithm.Direct or ConvolutionAlgorithm.Winograd4 => DirectError,
            ConvolutionAlgorithm.Winograd6 => Winograd6Error,
            _ => WinogradError,
        };
        double weights = options.WeightPrecision switch
        {
            WeightPrecision.Float32 => DirectError,
            WeightPrecision.Float16 => Float16Error,
            _ => BFloat16Error,
        };
        return _case.Network.Nodes.Sum(node => node.Layer switch
        {
            Convolution2D => convolution,
            FullyConnected => weights,
            _ => DirectError,
        });
    }

    private float[] Part(float[] values, int image) => values[(image * values.Length / _case.Images)..((image + 1) * values.Length / _case.Images)];

    private static float[][] Run(InferenceSession session, Network network, ReadOnlySpan<float> images)
    {
        int count = images.Length / (int)network.Input.Shape.Count;
        float[][] outputs = [.. network.Outputs.Select(output => new float[count * output.Shape.Count])];
        Array.ForEach(outputs, output => Array.Fill(output, float.NaN));
        session.Run(images, (ReadOnlySpan<Memory<float>>)[.. outputs.Select(output => output.AsMemory())]);
        return outputs;
    }

    private void AssertSame(float[][] actual, float[][] expected, string what)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            for (int j = 0; j < expected[i].Length; j++)
            {
                if (BitConverter.SingleToInt32Bits(actual[i][j]) != BitConverter.SingleToInt32Bits(expected[i][j]))
                {
                    throw new FuzzException($"{what}, '{_case.Network.Outputs[i].Name}': number {j} is {actual[i][j]:R}, and was {expected[i][j]:R}.");
                }
            }
        }
    }

    private static double RootMeanSquare(float[] values) => Math.Sqrt(values.Average(value => (double)value * value));
}
