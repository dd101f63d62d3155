using System.Numerics.Tensors;
using Convoy.Layers;

namespace Convoy.Backends.OpenCL.Verification;

/// <summary>
/// What a region's steps make of an image, in double precision. Of the last convolution or fully connected layer only those sums
/// are computed that the numbers looked at are made of, so that AlexNet's take milliseconds; all else is computed whole.
/// </summary>
/// <remarks>
/// A sum may err by its algorithm's documented bound, which is on the root mean square over an output, thirty-two times over: no
/// single error among thousands is that large, while one tap too few is off by a hundred times as much. What that makes of the
/// results, activation and pooling included, is found by shifting the sums by it. All else is accurate to a hundred thousandth,
/// times the root of the numbers that are added up.
/// </remarks>
internal sealed class RegionOracle
{
    private const double OrdinaryBound = 1e-6;
    private const double LargestDeviation = 32;
    private const double Rounding = 4e-6;
    private const double RoundingNearZero = 4e-7;
    private const double WholeTolerance = 1e-5;
    private const double ChainTolerance = 1e-4;

    // What a device may take for 0.
    private const double Tiny = 1e-30;

    // A sum tells something of its kernel where other sums would have shown; so must one in so many.
    private const double TellingShare = 100;
    private const int OneTellsOf = 8;

    // By how much an input is made larger to see whether results follow, and how many times the tolerance they must.
    private const double LargerInput = 1.05;
    private const double RespondingShare = 5;

    // Beyond, single precision may overflow on the way to a sum that does not.
    private const double LargestSum = 1e30;

    private readonly IStepOracle _oracle;
    private readonly ImmutableArray<FusedStep> _steps;
    private readonly StepWeights[] _weights;
    private readonly double _bound;
    private readonly Dictionary<int, double> _norms = [];

    /// <param name="oracle">Computes steps.</param>
    /// <param name="steps">The region's steps.</param>
    /// <param name="weights">The weights of each.</param>
    /// <param name="errorBound">What the algorithm promises; null for what promises nothing in particular.</param>
    public RegionOracle(IStepOracle oracle, ImmutableArray<FusedStep> steps, StepWeights[] weights, double? errorBound)
    {
        _oracle = oracle;
        _steps = steps;
        _weights = weights;
        _bound = LargestDeviation * (errorBound ?? OrdinaryBound);
        int last = -1;
        for (int i = 0; i < steps.Length; i++)
        {
            last = steps[i].Layer is Convolution2D or FullyConnected ? i : last;
            SumSteps += last == i ? 1 : 0;
        }

        SampledStep = last >= 0 && steps.Skip(last + 1).All(IsLocal) ? last : null;
    }

    /// <summary>The step whose sums are computed where they are needed; null where all steps are computed whole.</summary>
    public int? SampledStep { get; }

    /// <summary>False where the weights are such that a wrong kernel could be right: most are 0 or nearly so beside a bias, or saturate an activation, or results are all alike or not finite.</summary>
    public bool IsTelling { get; private set; } = true;

    private int SumSteps { get; }

    /// <summary>Multiply-adds that one number of the output takes; 0 where all are computed anyway.</summary>
    public long SumLength => SampledStep is { } step ? Math.Max(1, _steps[step].MultiplyAdds / _steps[step].OutputShape.Count) : 0;

    /// <summary>Computes the numbers at some places of the output, in channel, row, column order.</summary>
    /// <param name="inputs">An image of each value that the region reads, by its number.</param>
    /// <param name="positions">The places.</param>
    public ExpectedNumber[] Compute(IReadOnlyDictionary<int, double[]> inputs, int[] positions)
    {
        var values = new Dictionary<int, double[]>(inputs);
        for (int i = 0; i < _steps.Length; i++)
        {
            if (i == SampledStep)
            {
                return ComputeSampled(values, i, positions);
            }

            values[_steps[i].Output] = ComputeWhole(i, values);
        }

        double[] output = values[_steps[^1].Output];
        double size = TensorPrimitives.SumOfMagnitudes<double>(output) / output.Length;
        double tolerance = SumSteps > 0 ? ChainTolerance : WholeTolerance * Math.Sqrt(_steps.Max(CountTerms));
        if (!double.IsFinite(size))
        {
            size = output.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty().Average();
        }

        IsTelling &= positions.All(place => double.IsFinite(output[place])) && positions.Any(place => output[place] != output[positions[0]]);
        IsTelling &= SumSteps == 0 || Responds(inputs, positions, output, tolerance, size);
        return Array.ConvertAll(positions, place => new ExpectedNumber(
            output[place], (tolerance * ((double.IsFinite(output[place]) ? Math.Abs(output[place]) : 0) + size)) + Tiny));
    }

    /// <summary>Whether the results of several layers follow their input, as those of saturated activations do not: then most of what a kernel gets wrong would not show.</summary>
    private bool Responds(IReadOnlyDictionary<int, double[]> inputs, int[] positions, double[] output, double tolerance, double size)
    {
        var values = inputs.ToDictionary(each => each.Key, each => Array.ConvertAll(each.Value, number => number * LargerInput));
        for (int i = 0; i < _steps.Length; i++)
        {
            values[_steps[i].Output] = ComputeWhole(i, values);
        }

        double[] other = values[_steps[^1].Output];
        return positions.Count(place => Math.Abs(other[place] - output[place]) > RespondingShare * tolerance * (Math.Abs(output[place]) + size)) * OneTellsOf >= positions.Length;
    }

    private ExpectedNumber[] ComputeSampled(Dictionary<int, double[]> values, int index, int[] positions)
    {
        FusedStep step = _steps[index];
        int[] needed = FindNeeded(index, positions);
        Sums sums = ComputeSums(step, _weights[index], values[step.Inputs[0]], needed);
        double[] exact = Finish(sums.Exact);
        double[] above = Finish(sums.Above);
        double[] below = Finish(sums.Below);
        double near = RoundingNearZero * sums.Scale;
        return
        [
            .. exact.Select((value, i) => new ExpectedNumber(
                value, Math.Max(Math.Abs(above[i] - value), Math.Abs(below[i] - value)) + (Rounding * Math.Abs(value)) + near + Tiny)),
        ];

        // The numbers at the places looked at, made of the sums that are needed for them.
        double[] Finish(double[] found)
        {
            if (index == _steps.Length - 1)
            {
                return found;
            }

            var behind = new Dictionary<int, double[]>(values) { [step.Output] = new double[step.OutputShape.Count] };
            for (int i = 0; i < needed.Length; i++)
            {
                behind[step.Output][needed[i]] = found[i];
            }

            for (int i = index + 1; i < _steps.Length; i++)
            {
                behind[_steps[i].Output] = ComputeWhole(i, behind);
            }

            double[] output = behind[_steps[^1].Output];
            return Array.ConvertAll(positions, place => output[place]);
        }
    }

    private double[] ComputeWhole(int index, Dictionary<int, double[]> values)
    {
        FusedStep step = _steps[index];
        return _oracle.Compute(step, _weights[index], [.. step.Inputs.Select(input => (ReadOnlyMemory<double>)values[input])]);
    }

    /// <summary>Sums with the activation applied, where they are needed: as they are, and shifted up and down by what they may err.</summary>
    private Sums ComputeSums(FusedStep step, StepWeights weights, double[] input, int[] needed)
    {
        int width = step.OutputShape.Width;
        int area = step.OutputShape.Height * width;
        double size = TensorPrimitives.Norm<double>(input) / Math.Sqrt(input.Length);
        ImmutableArray<Func<double, double>> activation = _oracle.SelectActivation(step, weights);
        var sums = new Sums(new double[needed.Length], new double[needed.Length], new double[needed.Length]);
        int telling = 0;
        for (int i = 0; i < needed.Length; i++)
        {
            (int channel, int pixel) = Math.DivRem(needed[i], area);
            double usual = size * NormOf(weights, step.OutputShape.Channels, channel);
            double scale = usual + (weights.Bias.IsEmpty ? 0 : Math.Abs(weights.Bias.Span[channel]));
            double shift = _bound * scale;
            double sum = _oracle.ComputeSum(step, weights, input, channel, pixel / width, pixel % width);
            Func<double, double> activate = activation.IsEmpty ? x => x : activation[channel];
            sums.Exact[i] = activate(sum);
            sums.Above[i] = activate(sum + shift);
            sums.Below[i] = activate(sum - shift);
            telling += Math.Abs(activate(sum + usual) - activate(sum - usual)) > TellingShare * Math.Abs(sums.Above[i] - sums.Below[i]) + Tiny ? 1 : 0;
            bool isOrdinary = scale < LargestSum;
            sums.Scale = isOrdinary ? Math.Max(sums.Scale, scale) : sums.Scale;
            sums.Above[i] = isOrdinary ? sums.Above[i] : double.NaN;
            IsTelling &= isOrdinary;
        }

        IsTelling &= telling * OneTellsOf >= needed.Length;
        return sums;
    }

    private double NormOf(StepWeights weights, int filters, int filter)
    {
        if (!_norms.TryGetValue(filter, out double norm))
        {
            int taps = weights.Kernel.Length / filters;
            norm = TensorPrimitives.Norm(weights.Kernel.Span.Slice(filter * taps, taps));
            _norms.Add(filter, norm);
        }

        return norm;
    }

    /// <summary>The sums of a step that numbers of the last step's output are made of.</summary>
    private int[] FindNeeded(int index, int[] positions)
    {
        IEnumerable<int> needed = positions;
        for (int i = _steps.Length - 1; i > index; i--)
        {
            FusedStep step = _steps[i];
            needed = step.Layer is Pool2D pool ? needed.SelectMany(place => WindowOf(pool, step, place)) : needed;
        }

        return index == _steps.Length - 1 ? positions : [.. needed.Distinct()];
    }

    private static IEnumerable<int> WindowOf(Pool2D pool, FusedStep step, int place)
    {
        (Shape input, Shape output) = (step.InputShapes[0], step.OutputShape);
        Padding padding = pool.Window.ResolvePadding(input);
        (int rows, int column) = Math.DivRem(place, output.Width);
        (int channel, int row) = Math.DivRem(rows, output.Height);
        for (int u = 0; u < pool.Kernel.Height; u++)
        {
            for (int v = 0; v < pool.Kernel.Width; v++)
            {
                int h = (row * pool.Stride.Height) + (u * pool.Window.Dilation.Height) - padding.Top;
                int w = (column * pool.Stride.Width) + (v * pool.Window.Dilation.Width) - padding.Left;
                if (h >= 0 && h < input.Height && w >= 0 && w < input.Width)
                {
                    yield return (((channel * input.Height) + h) * input.Width) + w;
                }
            }
        }
    }

    /// <summary>How many numbers a step adds up for one of its output, one after the other.</summary>
    private static double CountTerms(FusedStep step)
    {
        Shape input = step.InputShapes[0];
        return step.Layer switch
        {
            Pool2D layer => layer.Kernel.Height * layer.Kernel.Width,
            AdaptivePool2D => (1 + (input.Height / step.OutputShape.Height)) * (1 + (input.Width / step.OutputShape.Width)),
            Softmax or LogSoftmax => input.Channels,
            InstanceNormalization => input.Height * input.Width,
            _ => 1,
        };
    }

    /// <summary>Whether a number of a step's output is made of few of its input, and of which is known.</summary>
    private static bool IsLocal(FusedStep step) => step.Layer switch
    {
        Pool2D => true,
        ActivationLayer or BinaryConstant or Binary => step.InputShapes.All(shape => shape == step.OutputShape),
        _ => false,
    };

    private sealed record Sums(double[] Exact, double[] Above, double[] Below)
    {
        public double Scale { get; set; }
    }
}
