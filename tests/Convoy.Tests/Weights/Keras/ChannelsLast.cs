namespace Convoy.Tests.Weights.Keras;

/// <summary>Keras' layers as its documentation has them, over arrays [rows, columns, channels] in double precision: an oracle of plain loops.</summary>
internal static class ChannelsLast
{
    /// <summary>An image of rows, columns, channels out of its numbers in that order.</summary>
    public static double[,,] Image(int rows, int columns, int channels, Func<int, double> number)
    {
        var image = new double[rows, columns, channels];
        for (int i = 0; i < image.Length; i++)
        {
            image[i / (columns * channels), i / channels % columns, i % channels] = number(i);
        }

        return image;
    }

    /// <summary>Conv2D, stride 1, padded "same"; the kernel's numbers in the order [rows, columns, inputs, outputs].</summary>
    public static double[,,] Conv(double[,,] x, float[] kernel, float[] bias, int size)
    {
        (int rows, int columns, int inputs, int outputs) = (x.GetLength(0), x.GetLength(1), x.GetLength(2), bias.Length);
        var y = new double[rows, columns, outputs];
        Each(y, (row, column, output) =>
        {
            double sum = bias[output];
            for (int i = 0; i < size; i++)
            {
                for (int j = 0; j < size; j++)
                {
                    for (int input = 0; input < inputs; input++)
                    {
                        sum += At(x, row + i - (size / 2), column + j - (size / 2), input) * kernel[(((((i * size) + j) * inputs) + input) * outputs) + output];
                    }
                }
            }

            return sum;
        });
        return y;
    }

    /// <summary>DepthwiseConv2D, stride 1, padded "same"; the kernel's numbers in the order [rows, columns, inputs, multiplier].</summary>
    public static double[,,] Depthwise(double[,,] x, float[] kernel, float[] bias, int size)
    {
        int inputs = x.GetLength(2);
        int multiplier = bias.Length / inputs;
        var y = new double[x.GetLength(0), x.GetLength(1), bias.Length];
        Each(y, (row, column, output) =>
        {
            double sum = bias[output];
            for (int i = 0; i < size; i++)
            {
                for (int j = 0; j < size; j++)
                {
                    sum += At(x, row + i - (size / 2), column + j - (size / 2), output / multiplier) * kernel[(((i * size) + j) * bias.Length) + output];
                }
            }

            return sum;
        });
        return y;
    }

    public static double[,,] Normalize(double[,,] x, float[]? gamma, float[] beta, float[] mean, float[] variance, double epsilon) =>
        Map(x, (value, channel) => ((value - mean[channel]) / Math.Sqrt(variance[channel] + epsilon) * (gamma?[channel] ?? 1)) + beta[channel]);

    /// <summary>A function of each number and its channel.</summary>
    public static double[,,] Map(double[,,] x, Func<double, int, double> function)
    {
        var y = new double[x.GetLength(0), x.GetLength(1), x.GetLength(2)];
        Each(y, (row, column, channel) => function(x[row, column, channel], channel));
        return y;
    }

    /// <summary>MaxPooling2D of 2 x 2, "valid".</summary>
    public static double[,,] MaxPool(double[,,] x)
    {
        var y = new double[x.GetLength(0) / 2, x.GetLength(1) / 2, x.GetLength(2)];
        Each(y, (row, column, channel) => Math.Max(
            Math.Max(x[2 * row, 2 * column, channel], x[2 * row, (2 * column) + 1, channel]),
            Math.Max(x[(2 * row) + 1, 2 * column, channel], x[(2 * row) + 1, (2 * column) + 1, channel])));
        return y;
    }

    /// <summary>Flatten: by rows, columns, channels, as the array lies.</summary>
    public static double[] Flatten(double[,,] x) => [.. x.Cast<double>()];

    /// <summary>Dense; the kernel's numbers in the order [inputs, outputs].</summary>
    public static double[] Dense(double[] x, float[] kernel, float[] bias) =>
        [.. bias.Select((number, output) => number + x.Select((value, input) => value * kernel[(input * bias.Length) + output]).Sum())];

    public static double[] Softmax(double[] x)
    {
        double[] powers = [.. x.Select(Math.Exp)];
        return [.. powers.Select(power => power / powers.Sum())];
    }

    private static double At(double[,,] x, int row, int column, int channel) =>
        row < 0 || column < 0 || row >= x.GetLength(0) || column >= x.GetLength(1) ? 0 : x[row, column, channel];

    private static void Each(double[,,] y, Func<int, int, int, double> number)
    {
        for (int row = 0; row < y.GetLength(0); row++)
        {
            for (int column = 0; column < y.GetLength(1); column++)
            {
                for (int channel = 0; channel < y.GetLength(2); channel++)
                {
                    y[row, column, channel] = number(row, column, channel);
                }
            }
        }
    }
}
