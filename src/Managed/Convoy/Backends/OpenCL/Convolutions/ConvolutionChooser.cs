using Convoy.Layers;
using Convoy.Tensors;

namespace Convoy.Backends.OpenCL.Convolutions;

/// <summary>
/// Chooses among the ways to compute a convolution: the cheapest by a model of multiply-adds, transforms and bytes of
/// weights, whose figures were measured on two cores through PoCL. The choice depends on what was asked for, the layer, the
/// batch size, and what the device allocates at a time.
/// </summary>
internal sealed class ConvolutionChooser(WinogradMicroBatches microBatches, ConvolutionChoice choice)
{
    // Weights outgrow a core's caches; the time to read a byte of them is that of so many multiply-adds.
    private const double CostOfByte = 2;

    // The share of the implicit GEMM's time that the direct kernel takes, with three pixels of output in a row or more.
    private const double DirectShare = 0.75;

    /// <summary>Chooses for a batch size.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="input">One image of its input.</param>
    /// <param name="batch">The batch size.</param>
    /// <param name="reason">The costs of all, relative to the first, and what settled it.</param>
    public ConvolutionCandidate Choose(Convolution2D layer, Shape input, int batch, out string reason)
    {
        ConvolutionCandidate[] all = [.. DirectCandidates(layer, input, batch), .. WinogradCandidates(layer, input, batch)];
        ConvolutionCandidate[] allowed = [.. all.Where(choice.Allows)];
        ConvolutionCandidate[] compared = allowed.Length > 0 ? allowed : [.. all.Where(each => each.Winograd is null)];
        ConvolutionCandidate cheapest = compared.MinBy(each => each.Cost)!;
        string costs = string.Join(", ", compared.Select(each => FormattableString.Invariant($"{each.Name} {each.Cost / compared[0].Cost:F2}")));
        reason = allowed.Length == 0 ? $"{choice} was asked for, and does not apply"
            : allowed.Length > 1 ? $"of {costs}: by cost"
            : choice == default ? $"no other than {cheapest.Name} applies"
            : "asked for";
        return cheapest;
    }

    private static IEnumerable<ConvolutionCandidate> DirectCandidates(Convolution2D layer, Shape input, int batch)
    {
        double weights = (double)layer.Filters * (input.Channels / layer.Groups) * layer.Kernel.Height * layer.Kernel.Width * sizeof(float);
        double cost = ((double)layer.CountMultiplyAdds([input], layer.InferShape([input])) * batch) + (CostOfByte * weights);
        yield return new ConvolutionCandidate(ConvolutionKind.ImplicitProduct, cost);
        if (DirectConvolutionGeometry.CanTake(layer, input.Channels))
        {
            double share = DirectConvolutionGeometry.Pays(layer, input) ? DirectShare : 1 / DirectShare;
            yield return new ConvolutionCandidate(ConvolutionKind.Direct, cost * share);
        }
    }

    private IEnumerable<ConvolutionCandidate> WinogradCandidates(Convolution2D layer, Shape input, int batch)
    {
        for (int pairs = WinogradPoints.FewestPairs; pairs <= WinogradPoints.MostPairs; pairs++)
        {
            if (WinogradGeometry.Find(layer, input, pairs) is { } found && microBatches.CanTake(found))
            {
                double weights = CostOfByte * found.WeightBytes * microBatches.Count(found, batch);
                yield return new ConvolutionCandidate(ConvolutionKind.Winograd, (found.ImageCost * batch) + weights, found);
            }
        }
    }
}
