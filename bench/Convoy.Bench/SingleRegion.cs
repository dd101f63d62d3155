using Convoy.Backends;

namespace Convoy.Bench;

/// <summary>A region of a network by itself with random weights, its input in the arena already: a run is the region's work alone.</summary>
internal sealed class SingleRegion : IDisposable
{
    private const long Alignment = 64;

    private readonly IPreparedRegion _region;
    private readonly IArena _arena;
    private readonly int _batch;
    private readonly long[] _inputs;
    private readonly long _output;
    private readonly long _workspace;

    /// <summary>Prepares the region and writes its inputs.</summary>
    public SingleRegion(IBackend backend, IRegion region)
    {
        (FusedStep first, int batch) = (region.Steps[0], region.MicroBatch);
        _region = region.Prepare([.. region.Steps.Select(CreateWeights)]);
        _batch = batch;
        long end = 0;
        _inputs = [.. first.InputShapes.Select(shape => Append(ref end, shape.Count * batch * backend.ElementBytes))];
        _output = Append(ref end, region.Steps[^1].OutputShape.Count * batch * backend.ElementBytes);
        _workspace = Append(ref end, _region.GetWorkspaceBytes(batch));
        _arena = backend.CreateArena(end, _region.GetScratchBytes(batch));
        for (int i = 0; i < _inputs.Length; i++)
        {
            using IBatchEntry entry = backend.PrepareEntry(first.InputShapes[i], _region.InputLayout, null, batch);
            entry.Run(RandomImages.Create(first.InputShapes[i], batch), new RegionContext { Arena = _arena, Images = batch, Output = _inputs[i] });
            _arena.Synchronize();
        }
    }

    /// <summary>Computes the region for one micro-batch.</summary>
    public void Run() => _region.Run(new RegionContext
    {
        Arena = _arena,
        Images = _batch,
        Inputs = _inputs,
        Output = _output,
        Workspace = _workspace,
    });

    /// <summary>Waits for what runs begun before, where a device computes on its own.</summary>
    public void Finish() => _arena.Synchronize();

    public void Dispose()
    {
        _arena.Dispose();
        _region.Dispose();
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

    /// <summary>Places so many bytes behind what is there, and returns where.</summary>
    private static long Append(ref long end, long bytes)
    {
        long begin = end;
        end += (bytes + Alignment - 1) / Alignment * Alignment;
        return begin;
    }
}
