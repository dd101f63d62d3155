using Convoy.Backends;
using Convoy.Graph;

namespace Convoy.Bench;

/// <summary>A network's step by itself with random weights, its input in the arena already: a run is the step's work alone.</summary>
internal sealed class SingleStep : IDisposable
{
    private const long Alignment = 64;

    private readonly IStep _step;
    private readonly IArena _arena;
    private readonly int _batch;
    private readonly long[] _inputs;
    private readonly long _output;
    private readonly long _workspace;

    /// <summary>Prepares the step and writes its inputs.</summary>
    public SingleStep(IBackend backend, FusedStep step, int batch)
    {
        _step = backend.Prepare(step, CreateWeights(step), batch);
        _batch = batch;
        long end = 0;
        _inputs = [.. step.InputShapes.Select(shape => Append(ref end, shape.Count * batch * backend.ElementBytes))];
        _output = Append(ref end, step.OutputShape.Count * batch * backend.ElementBytes);
        _workspace = Append(ref end, _step.GetWorkspaceBytes(batch));
        _arena = backend.CreateArena(end, _step.GetScratchBytes(batch));
        for (int i = 0; i < _inputs.Length; i++)
        {
            using IBatchEntry entry = backend.PrepareEntry(step.InputShapes[i], _step.InputLayout, null, batch);
            entry.Run(RandomImages.Create(step.InputShapes[i], batch), new StepContext { Arena = _arena, Images = batch, Output = _inputs[i] });
            _arena.Synchronize();
        }
    }

    /// <summary>Computes the step for one batch.</summary>
    public void Run() => _step.Run(new StepContext
    {
        Arena = _arena,
        Images = _batch,
        Inputs = _inputs,
        Output = _output,
        Workspace = _workspace,
    });

    public void Dispose()
    {
        _arena.Dispose();
        _step.Dispose();
    }

    private static StepWeights CreateWeights(FusedStep step)
    {
        if (step.WeightNode is not { } node)
        {
            return default;
        }

        float[][] parameters = [.. node.Layer.GetParameters(node.InputShapes.AsSpan()).Select(each => RandomImages.Create(each.Shape, 1))];
        return new StepWeights(parameters[0], parameters.Length > 1 ? parameters[1] : default(ReadOnlyMemory<float>));
    }

    /// <summary>Places so many bytes behind what is there, and tells where.</summary>
    private static long Append(ref long end, long bytes)
    {
        long begin = end;
        end += (bytes + Alignment - 1) / Alignment * Alignment;
        return begin;
    }
}
