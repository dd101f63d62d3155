using CsCheck;

namespace Convoy.Tests.Cases;

/// <summary>Random layers over random shapes, only possible ones; CsCheck prints the seed of a failing one.</summary>
public static class RandomCases
{
    private static readonly Gen<Extent2D> Kernel = Gen.Select(Gen.Int[1, 5], Gen.Int[1, 5], (h, w) => new Extent2D(h, w));
    private static readonly Gen<Extent2D> Step = Gen.Select(Gen.Int[1, 3], Gen.Int[1, 3], (h, w) => new Extent2D(h, w));
    private static readonly Gen<Padding> Pad = Gen.OneOf(
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 3], Gen.Int[0, 3], Gen.Int[0, 3], (t, l, b, r) => new Padding(t, l, b, r)),
        Gen.Const(Padding.Same),
        Gen.Const(Padding.SameLower));

    private static readonly Gen<Activation> AnyActivation = Gen.Int[0, 2].Select(kind => new Activation((ActivationKind)kind));

    public static Gen<OperatorCase> Convolution { get; } = ConvolutionOf(Gen.Select(Gen.Int[1, 4], Gen.Int[1, 20], Gen.Int[1, 24]));

    /// <summary>One group of few input channels, as a network's first layer has.</summary>
    public static Gen<OperatorCase> FirstConvolution { get; } = ConvolutionOf(Gen.Select(Gen.Const(1), Gen.Int[1, 4], Gen.Int[1, 40]));

    public static Gen<OperatorCase> Pool { get; } =
        Gen.Select(
            Gen.Select(Gen.Int[1, 40], Gen.Int[1, 16], Gen.Int[1, 16]),
            Gen.Select(Gen.Enum<PoolKind>(), Kernel, Step, Pad),
            Gen.Select(Gen.Bool, Gen.Bool, Gen.Int[1, 4], Gen.OneOf(Gen.Const<Extent2D>(1), Step)))
        .Select((shape, window, rest) => Named(
            new Pool2D(window.Item1, window.Item2, window.Item3, window.Item4, rest.Item1, rest.Item2, rest.Item4),
            Shape.Image(shape.Item1, shape.Item2, shape.Item3),
            Activation.None,
            rest.Item3))
        .Where(IsPossible);

    public static Gen<OperatorCase> Dense { get; } =
        Gen.Select(Gen.Int[1, 70], Gen.Int[1, 5], Gen.Int[1, 5], Gen.Int[1, 70], AnyActivation, Gen.Int[1, 20])
        .Select((channels, height, width, features, activation, batch) =>
            Named(new FullyConnected(features), Shape.Image(channels, height, width), activation, batch));

    private static Gen<OperatorCase> ConvolutionOf(Gen<(int Groups, int Channels, int Filters)> channels) =>
        Gen.Select(
            channels,
            Gen.Select(Gen.Int[1, 20], Gen.Int[1, 20]),
            Gen.Select(Kernel, Step, Pad, Step),
            Gen.Select(Gen.Bool, AnyActivation, Gen.Int[1, 4]))
        .Select((counts, size, window, rest) =>
        {
            (int groups, int perGroup, int filtersPerGroup) = counts;
            var layer = new Convolution2D(
                groups * filtersPerGroup, window.Item1, window.Item2, window.Item3, window.Item4, groups, rest.Item1);
            return Named(layer, Shape.Image(groups * perGroup, size.Item1, size.Item2), rest.Item2, rest.Item3);
        })
        .Where(IsPossible);

    private static OperatorCase Named(Layer layer, Shape input, Activation activation, int batch) =>
        new($"{layer} over {input}, {activation}, batch {batch}", layer, [input], activation, batch);

    private static bool IsPossible(OperatorCase candidate)
    {
        try
        {
            return candidate.Output.Count > 0;
        }
        catch (LayerException)
        {
            return false;
        }
    }
}
