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
    public static float[] Run(IBackend backend, OperatorCase operatorCase, float[][] inputs, StepWeights weights)
    {
        StepGraph graph = operatorCase.ToGraph();
        int batch = operatorCase.Batch;
        IPreparedRegion[] regions = [.. backend.Partition(graph, batch).Select((region, i) => region.Prepare([i == 0 ? weights : default, default]))];
        try
        {
            return Run(backend, operatorCase, inputs, regions, [.. backend.Partition(graph, batch).Select(region => region.Steps[^1].Output)]);
        }
        finally
        {
            Array.ForEach(regions, region => region.Dispose());
        }
    }

    /// <summary>How the first of a case's regions computes, why, and how many regions there are.</summary>
    public static (string Algorithm, string? Choice, double? ErrorBound, int Regions) Describe(IBackend backend, OperatorCase operatorCase, StepWeights weights)
    {
        ImmutableArray<IRegion> regions = backend.Partition(operatorCase.ToGraph(), operatorCase.Batch);
        using IPreparedRegion first = regions[0].Prepare([weights, default]);
        return (first.Algorithm, first.Choice, regions[0].ErrorBound, regions.Length);
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
