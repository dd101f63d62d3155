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
        FusedStep step = operatorCase.ToStep();
        int batch = operatorCase.Batch;
        using IStep prepared = backend.Prepare(step, weights, batch);
        Shape[] values = [.. operatorCase.Inputs, operatorCase.Output];
        long[] offsets = new long[values.Length + 1];
        for (int i = 0; i < values.Length; i++)
        {
            offsets[i + 1] = offsets[i] + RoundUp(values[i].Count * batch * backend.ElementBytes);
        }

        using IArena arena = backend.CreateArena(offsets[^1] + prepared.GetWorkspaceBytes(batch), prepared.GetScratchBytes(batch));
        Poison(arena, backend.Threads, prepared.GetScratchBytes(batch));
        PoisonWorkspace(arena, offsets[^1], prepared.GetWorkspaceBytes(batch));
        float[] result = new float[operatorCase.Output.Count * batch];
        for (int i = 0; i < values.Length; i++)
        {
            // What a step does not write stays NaN, and shows.
            bool isOutput = i == operatorCase.Inputs.Length;
            Layout layout = isOutput ? prepared.OutputLayout : prepared.InputLayout;
            using IBatchEntry entry = backend.PrepareEntry(values[i], layout, null, batch);
            Array.Fill(result, float.NaN);
            entry.Run(isOutput ? result : inputs[i], new StepContext { Arena = arena, Images = batch, Output = offsets[i] });
            arena.Synchronize();
        }

        prepared.Run(new StepContext
        {
            Arena = arena,
            Images = batch,
            Inputs = offsets.AsSpan(0, operatorCase.Inputs.Length),
            Output = offsets[operatorCase.Inputs.Length],
            Workspace = offsets[^1],
        });
        using IBatchExit exit = backend.PrepareExit(operatorCase.Output, prepared.OutputLayout, batch);
        var answer = new StepContext { Arena = arena, Images = batch, Inputs = offsets.AsSpan(operatorCase.Inputs.Length, 1) };
        exit.Begin(answer);
        exit.Complete(result, answer);
        return result;
    }

    /// <summary>Seeded inputs for a case.</summary>
    public static float[][] Inputs(OperatorCase operatorCase, Func<int, int, float[]> generator) =>
        [.. operatorCase.Inputs.Select((shape, i) => generator((int)shape.Count * operatorCase.Batch, 100 + i))];

    /// <summary>Seeded weights for a case.</summary>
    public static StepWeights Weights(OperatorCase operatorCase, Func<int, int, float[]> generator) =>
        new(generator(operatorCase.KernelCount, 1), generator(operatorCase.BiasCount, 2));

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
