using System.Collections.Immutable;
using Convoy.Backends.Native;
using Convoy.Tests.Cases;

namespace Convoy.Tests.Backends;

/// <summary>Runs a case on a backend, through the same interface sessions use.</summary>
internal static class OperatorRunner
{
    /// <summary>Runs a case.</summary>
    /// <param name="backend">The backend.</param>
    /// <param name="operatorCase">The case.</param>
    /// <param name="inputs">Each input: a batch of images in channel, row, column order.</param>
    /// <param name="weights">The trained numbers.</param>
    /// <returns>The output, in channel, row, column order.</returns>
    public static float[] Run(IBackend backend, OperatorCase operatorCase, float[][] inputs, StepWeights weights) =>
        RunAndDescribe(backend, operatorCase, inputs, weights).Output;

    /// <summary>The same, and how it computes: kernels are built once for both.</summary>
    public static (float[] Output, OperatorDescription Description) RunAndDescribe(
        IBackend backend, OperatorCase operatorCase, float[][] inputs, StepWeights weights)
    {
        ImmutableArray<IRegion> partition = backend.Partition(operatorCase.ToGraph(), operatorCase.Batch);
        IPreparedRegion[] regions = [.. partition.Select((region, i) => region.Prepare([i == 0 ? weights : default, default]))];
        try
        {
            float[] output = Run(backend, operatorCase, inputs, regions, [.. partition.Select(region => region.Steps[^1].Output)]);
            return (output, OperatorDescription.Of(partition, regions[0]));
        }
        finally
        {
            Array.ForEach(regions, region => region.Dispose());
        }
    }

    /// <summary>How a case is computed, without running it.</summary>
    public static OperatorDescription Describe(IBackend backend, OperatorCase operatorCase, StepWeights weights)
    {
        ImmutableArray<IRegion> regions = backend.Partition(operatorCase.ToGraph(), operatorCase.Batch);
        using IPreparedRegion first = regions[0].Prepare([weights, default]);
        return OperatorDescription.Of(regions, first);
    }

    /// <summary>Seeded inputs for a case.</summary>
    public static float[][] Inputs(OperatorCase operatorCase, Func<int, int, float[]> generator) =>
        [.. operatorCase.Inputs.Select((shape, i) => generator((int)shape.Count * operatorCase.Batch, 100 + i))];

    /// <summary>Seeded weights for a case.</summary>
    public static StepWeights Weights(OperatorCase operatorCase, Func<int, int, float[]> generator) =>
        new(generator(operatorCase.KernelCount, 1), generator(operatorCase.BiasCount, 2), generator(operatorCase.SlopeCount, 3));

    /// <summary>Runs regions that follow each other, every value in room of its own.</summary>
    /// <param name="backend">The backend.</param>
    /// <param name="operatorCase">The case.</param>
    /// <param name="inputs">Its inputs.</param>
    /// <param name="regions">The regions.</param>
    /// <param name="outputs">The value each writes.</param>
    private static float[] Run(IBackend backend, OperatorCase operatorCase, float[][] inputs, IPreparedRegion[] regions, int[] outputs)
    {
        int batch = operatorCase.Batch;
        ImmutableArray<Shape> values = operatorCase.ToGraph().Values;
        long[] offsets = new long[values.Length + 1];
        for (int i = 0; i < values.Length; i++)
        {
            offsets[i + 1] = offsets[i] + RoundUp(values[i].Count * batch * backend.ElementBytes);
        }

        long scratch = regions.Max(region => region.GetScratchBytes(batch));
        long workspace = regions.Max(region => region.GetWorkspaceBytes(batch));
        using IArena arena = backend.CreateArena(offsets[^1] + workspace, scratch);
        Poison(arena, backend.Threads, scratch);
        PoisonWorkspace(arena, offsets[^1], workspace);
        for (int i = 0; i < values.Length; i++)
        {
            // What a region does not write stays NaN, and shows.
            bool isInput = i < inputs.Length;
            float[] numbers = isInput ? inputs[i] : new float[values[i].Count * batch];
            if (!isInput)
            {
                Array.Fill(numbers, float.NaN);
            }

            using IBatchEntry entry = backend.PrepareEntry(values[i], isInput ? regions[0].InputLayout : regions[0].OutputLayout, null, batch);
            entry.Run(numbers, new RegionContext { Arena = arena, Images = batch, Output = offsets[i] });
            arena.Synchronize();
        }

        for (int i = 0; i < regions.Length; i++)
        {
            int[] read = i == 0 ? [.. Enumerable.Range(0, inputs.Length)] : [outputs[i - 1]];
            regions[i].Run(new RegionContext
            {
                Arena = arena,
                Images = batch,
                Inputs = (long[])[.. read.Select(value => offsets[value])],
                Output = offsets[outputs[i]],
                Workspace = offsets[^1],
            });
        }

        float[] result = new float[operatorCase.Output.Count * batch];
        using IBatchExit exit = backend.PrepareExit(operatorCase.Output, regions[^1].OutputLayout, batch);
        var scores = new RegionContext { Arena = arena, Images = batch, Inputs = offsets.AsSpan(outputs[^1], 1) };
        exit.Begin(scores);
        exit.Complete(result, scores);
        return result;
    }

    private static unsafe void Poison(IArena arena, int threads, long scratchBytes)
    {
        if (arena is NativeArena native)
        {
            for (int thread = 0; thread < threads; thread++)
            {
                new Span<byte>((void*)native.Scratch(thread).Data, checked((int)scratchBytes)).Fill(0xA5);
            }
        }
    }

    private static void PoisonWorkspace(IArena arena, long offset, long bytes)
    {
        if (arena is NativeArena native)
        {
            native.SliceSpan(offset, checked((int)(bytes / sizeof(float)))).Fill(float.NaN);
        }
    }

    private static long RoundUp(long bytes) => (bytes + 63) / 64 * 64;
}

/// <summary>How a case is computed.</summary>
/// <param name="Algorithm">The first region's algorithm.</param>
/// <param name="Choice">Why it was chosen.</param>
/// <param name="ErrorBound">How much it may err.</param>
/// <param name="Regions">How many regions there are.</param>
internal readonly record struct OperatorDescription(string Algorithm, string? Choice, double? ErrorBound, int Regions)
{
    public static OperatorDescription Of(ImmutableArray<IRegion> regions, IPreparedRegion first) =>
        new(first.Algorithm, first.Choice, regions[0].ErrorBound, regions.Length);
}
