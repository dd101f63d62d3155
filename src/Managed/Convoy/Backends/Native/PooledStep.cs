using Convoy.Tensors;

namespace Convoy.Backends.Native;

/// <summary>
/// A convolution and the pooling behind it where one operator cannot do both, or should not: two, with the map between them
/// in the workspace behind the convolution's own.
/// </summary>
internal sealed class PooledStep : IStep
{
    private const long Alignment = 64;

    private readonly NativeStep _convolution;
    private readonly NativeStep _pool;
    private readonly NativeOperator _mapWriter;

    /// <summary>Takes over two operators.</summary>
    public PooledStep(ThreadTeam team, NativeOperator convolution, NativeOperator pool, Layout inputLayout, string? choice)
    {
        _convolution = new NativeStep(team, [convolution], isConcat: false, inputLayout, Layout.Nhwc, choice);
        _pool = new NativeStep(team, [pool], isConcat: false, Layout.Nhwc, Layout.Nhwc);
        _mapWriter = convolution;
    }

    public string Algorithm => $"{_convolution.Algorithm}, pool apart";

    public string? Choice => _convolution.Choice;

    public long PackedBytes => _convolution.PackedBytes;

    public Layout InputLayout => _convolution.InputLayout;

    public Layout OutputLayout => _pool.OutputLayout;

    public bool ReadsSource => _convolution.ReadsSource;

    public long WorkItems => _convolution.WorkItems + _pool.WorkItems;

    private long MapOffset => ((long)_mapWriter.Plan.WorkspaceBytes + Alignment - 1) / Alignment * Alignment;

    public long GetScratchBytes(int batch) => Math.Max(_convolution.GetScratchBytes(batch), _pool.GetScratchBytes(batch));

    public long GetWorkspaceBytes(int batch) => MapOffset + (long)_mapWriter.OutputBytes(Math.Min(batch, _mapWriter.Plan.Batch));

    public void Run(in StepContext context)
    {
        long map = context.Workspace + MapOffset;
        _convolution.Run(context with { Output = map });
        _pool.Run(context with { Inputs = new ReadOnlySpan<long>(in map), Source = default });
    }

    public void Dispose()
    {
        _convolution.Dispose();
        _pool.Dispose();
    }
}
