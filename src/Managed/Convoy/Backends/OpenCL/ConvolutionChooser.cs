using Convoy.Layers;
using Convoy.Tensors;

namespace Convoy.Backends.OpenCL;

/// <summary>
/// Chooses among the ways to compute a convolution: the cheapest by a model of multiply-adds, transforms and bytes of
/// weights, whose figures were measured on two cores through PoCL. The choice depends on the layer and the batch size alone.
/// </summary>
internal sealed class ConvolutionChooser(WinogradRounds rounds, ConvolutionChoice choice)
{
    // Weights outgrow a core's caches; the time to read a byte of them is that of so many multiply-adds.
    private const double CostOfByte = 2;

    // The share of the implicit product's time that the direct kernel takes, with three pixels of output in a row or more.
    private const double DirectShare = 0.75;

    /// <summary>Chooses for a batch size.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="input">One image of its input.</param>
    /// <param name="batch">The batch size.</param>
    /// <param name="reason">The costs of all, relative to the first, and what settled it.</param>
    public ConvolutionCandidate Choose(Convolution2D layer, Shape input, int batch, out string reason)
    {
        ConvolutionCandidate[] all = [.. DirectCandidates(layer, input, batch), .. WinogradCandidates(layer, input, batch)];
        ConvolutionCandidate[] allowed = [.. all.Where(IsAllowed)];
        ConvolutionCandidate[] compared = allowed.Length > 0 ? allowed : [.. all.Where(each => each.Winograd is null)];
        ConvolutionCandidate cheapest = compared.MinBy(each => each.Cost)!;
        string costs = string.Join(", ", compared.Select(each => FormattableString.Invariant($"{each.Name} {each.Cost / compared[0].Cost:F2}")));
        reason = allowed.Length == 0 ? $"{choice.ToString().ToLowerInvariant()} was asked for, and does not apply"
            : allowed.Length > 1 ? $"of {costs}: by cost"
            : choice == ConvolutionChoice.Automatic ? $"no other than {cheapest.Name} applies"
            : "asked for";
        return cheapest;
    }

    private bool IsAllowed(ConvolutionCandidate candidate) => choice switch
    {
        ConvolutionChoice.Automatic => true,
        ConvolutionChoice.AnyDirect => candidate.Winograd is null,
        ConvolutionChoice.ImplicitProduct => candidate.Name == ConvolutionCandidate.ImplicitProduct,
        ConvolutionChoice.Direct => candidate.IsDirect,
        ConvolutionChoice.Winograd => candidate.Winograd is not null,
        ConvolutionChoice.Winograd4 => candidate.Winograd?.Pairs == 2,
        ConvolutionChoice.Winograd6 => candidate.Winograd?.Pairs == 3,
        ConvolutionChoice.Winograd8 => candidate.Winograd?.Pairs == 4,
        _ => throw new InvalidOperationException($"There is no choice {choice}."),
    };

    private static IEnumerable<ConvolutionCandidate> DirectCandidates(Convolution2D layer, Shape input, int batch)
    {
        double weights = (double)layer.Filters * (input.Channels / layer.Groups) * layer.Kernel.Height * layer.Kernel.Width * sizeof(float);
        double cost = ((double)layer.CountMultiplyAdds([input], layer.InferShape([input])) * batch) + (CostOfByte * weights);
        yield return new ConvolutionCandidate(ConvolutionCandidate.ImplicitProduct, cost);
        if (DirectConvolutionGeometry.CanTake(layer, input.Channels))
        {
            double share = DirectConvolutionGeometry.Pays(layer, input) ? DirectShare : 1 / DirectShare;
            yield return new ConvolutionCandidate(ConvolutionCandidate.Direct, cost * share);
        }
    }

    private IEnumerable<ConvolutionCandidate> WinogradCandidates(Convolution2D layer, Shape input, int batch)
    {
        for (int pairs = WinogradPoints.FewestPairs; pairs <= WinogradPoints.MostPairs; pairs++)
        {
            if (WinogradGeometry.Find(layer, input, pairs) is { } found && rounds.CanTake(found))
            {
                double weights = CostOfByte * found.WeightBytes * rounds.CountRounds(found, batch);
                yield return new ConvolutionCandidate($"winograd-{2 * pairs}", (found.ImageCost * batch) + weights, found);
            }
        }
    }
}
