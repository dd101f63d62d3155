using Convoy.Backends.Native.Convolutions;
using Convoy.Layers;

namespace Convoy.Backends.Native;

/// <summary>
/// Divides a network's steps into regions for the C library: small layers that follow each other become a chain, a
/// convolution takes the maximum pooling behind it where Winograd's algorithm can, or the addition of a residual, or writes its
/// part of a concatenation, and whatever is left is a region by itself.
/// The steps before the first fully connected one, if there is any, pass in micro-batches whose feature maps stay in the cache;
/// from there on weights outweigh feature maps, and the whole batch passes at once.
/// </summary>
internal static class NativePartition
{
    private const long MicroBatchBytes = 32 << 20;

    // A convolution of fewer multiply-adds for each number it reads or writes waits for memory, and its feature maps are to stay
    // in the cache with so many times the room: networks of many 1 x 1 and depthwise layers are faster so.
    private const long FewMultiplyAdds = 32;
    private const long RoomForFew = 3;

    /// <summary>Divides all steps.</summary>
    public static ImmutableArray<IRegion> Create(StepGraph graph, int batch, ThreadTeam team, in NativeOptions options)
    {
        Dictionary<int, NativeRegion> chains = FindChains(graph, batch, team, options);
        int front = CountFront(graph);

        // A chain keeps its feature maps in the cache by itself.
        int microBatch = chains.Keys.Any(first => first < front) ? batch : SizeMicroBatch(graph.Steps.AsSpan()[..front], batch);
        var concatenations = new Concatenations(graph);
        var residuals = new Residuals(graph);
        var regions = ImmutableArray.CreateBuilder<IRegion>();
        for (int i = 0; i < graph.Steps.Length;)
        {
            if (residuals.IsAdded(graph.Steps[i]))
            {
                i++;
                continue;
            }

            regions.Add(chains.TryGetValue(i, out NativeRegion? chain)
                ? chain
                : Plan(graph.FindRun(i), concatenations, residuals, i < front ? microBatch : batch, team, options));

            // An addition may stand further on, and is passed over there.
            i += regions[^1].Steps.Count(step => !residuals.IsAdded(step));
        }

        return regions.ToImmutable();
    }

    /// <summary>
    /// The images of a micro-batch: so many that what a step reads and writes stays in a last-level cache, and micro-batches of
    /// about equal size. It depends on neither the threads nor which steps share a region, since convolutions are planned for it.
    /// </summary>
    private static int SizeMicroBatch(ReadOnlySpan<FusedStep> steps, int batch)
    {
        long largest = 1;
        foreach (FusedStep step in steps)
        {
            long numbers = step.InputShapes.Sum(shape => shape.Count) + step.OutputShape.Count;
            long room = step.Layer is Convolution2D && step.MultiplyAdds < FewMultiplyAdds * numbers ? RoomForFew : 1;
            largest = Math.Max(largest, numbers * room * sizeof(float));
        }

        long microBatches = Math.Clamp(((largest * batch) + MicroBatchBytes - 1) / MicroBatchBytes, 1, batch);
        long images = (batch + microBatches - 1) / microBatches;

        // Multiples of the library's own unit: work of whole images then divides among a few threads.
        long unit = NativeLibraryState.MicroBatchUnit;
        return (int)Math.Min(batch, (images + unit - 1) / unit * unit);
    }

    /// <summary>The steps before the first fully connected one; all where there is no such.</summary>
    private static int CountFront(StepGraph graph)
    {
        int front = 0;
        while (front < graph.Steps.Length && graph.Steps[front].Layer is not FullyConnected)
        {
            front++;
        }

        return front;
    }

    /// <summary>Chains, by their first step. Who asks for an algorithm or a precision gets it, step by step.</summary>
    private static Dictionary<int, NativeRegion> FindChains(StepGraph graph, int batch, ThreadTeam team, in NativeOptions options)
    {
        var chains = new Dictionary<int, NativeRegion>();
        if (!options.AllowsChains || options.Convolution != ConvolutionAlgorithm.Auto || options.Precision != WeightPrecision.Float32)
        {
            return chains;
        }

        for (int i = 0; i < graph.Steps.Length; i += chains.TryGetValue(i, out NativeRegion? found) ? found.Steps.Length : 1)
        {
            ReadOnlySpan<FusedStep> run = graph.FindRun(i);
            if (ChainPlanning.TryPlanLongest(run, batch, options.Isa, out NativePlan plan) is > 0 and int count)
            {
                chains.Add(i, new NativeRegion(team, options, [.. run[..count]], [plan], batch));
            }
        }

        return chains;
    }

    /// <summary>A region of the first of the steps, and of the pooling or addition behind it where that can be part of it.</summary>
    private static NativeRegion Plan(
        ReadOnlySpan<FusedStep> run, Concatenations concatenations, Residuals residuals, int images, ThreadTeam team, in NativeOptions options) => run[0].Layer switch
        {
            Convolution2D layer => PlanConvolution(run, layer, concatenations, residuals, images, team, options),
            Concat => PlanConcat(run[0], concatenations, images, team, options),
            _ => new NativeRegion(team, options, [run[0]], NativePlanning.Plan(run[0], images, options), images),
        };

    private static NativeRegion PlanConvolution(
        ReadOnlySpan<FusedStep> run, Convolution2D layer, Concatenations concatenations, Residuals residuals, int images, ThreadTeam team, in NativeOptions options)
    {
        FusedStep step = run[0];
        (ImmutableArray<int> inputs, int output) = (step.Inputs, step.Output);
        NativeConvolution convolution = NativeConvolution.Of(step, layer, images, options);
        Selection<NativePlan> selection = convolution.Select(options);
        (ImmutableArray<FusedStep> steps, NativePlan plan) = ([step], selection.Plan);
        if (concatenations.Find(step.Output) is { } place && convolution.PlanPart(plan, place) is { } part)
        {
            concatenations.Put(step.Output);
            (output, plan) = (place.Step.Output, part);
        }
        else if (residuals.Find(step) is { } addition && convolution.PlanResidual(plan, addition.Step) is { } adding)
        {
            residuals.Add(addition);
            (steps, inputs, output, plan) = ([step, addition.Step], [step.Inputs[0], addition.Residual], addition.Step.Output, adding);
        }
        else if (run.Length > 1 && convolution.PlanPooled(plan, run[1], options.Threads) is { } pooled)
        {
            (steps, output, plan) = ([step, run[1]], run[1].Output, pooled);
        }

        return new NativeRegion(team, options, steps, [plan], images)
        {
            Inputs = inputs,
            Output = output,
            Choice = selection.Reason,
            ErrorBound = selection.ErrorBound,
        };
    }

    /// <summary>A copy of each input that is not in its place already.</summary>
    private static NativeRegion PlanConcat(FusedStep step, Concatenations concatenations, int images, ThreadTeam team, in NativeOptions options)
    {
        ImmutableArray<int> copied = concatenations.FindCopied(step);
        ImmutableArray<NativePlan> copies = NativePlanning.Plan(step, images, options);
        return new NativeRegion(team, options, [step], [.. copied.Select(input => copies[input])], images)
        {
            Inputs = [.. copied.Select(input => step.Inputs[input])],
        };
    }
}
