namespace Convoy.Backends.OpenCL;

/// <summary>
/// The steps of a region one after the other, each as it is by itself: where a device is wrong about all of them at once. What
/// passes between them lies in the workspace.
/// </summary>
internal sealed class PreparedSequence : IPreparedRegion
{
    private const long Alignment = 256;

    private readonly List<IPreparedRegion> _parts = [];
    private readonly OpenClRegion _region;
    private readonly long[][] _inputs;

    private PreparedSequence(OpenClRegion region, string choice)
    {
        _region = region;
        Choice = choice;
        _inputs = [.. region.Parts.Select(part => new long[part.Steps[0].Inputs.Length])];
    }

    public string Algorithm => string.Join(", ", _parts.Select(part => part.Algorithm));

    public string? Choice { get; }

    public long PackedBytes => _parts.Sum(part => part.PackedBytes);

    public Layout InputLayout => _parts[0].InputLayout;

    public Layout OutputLayout => _parts[^1].OutputLayout;

    public long WorkItems => _parts.Sum(part => part.WorkItems);

    /// <summary>Prepares the parts of a region.</summary>
    /// <param name="region">The region.</param>
    /// <param name="weights">The weights of each step.</param>
    /// <param name="choice">Why they are not computed together.</param>
    /// <exception cref="BackendException">The device computes one of them in no way right.</exception>
    public static PreparedSequence Create(OpenClRegion region, StepWeights[] weights, string choice)
    {
        var sequence = new PreparedSequence(region, choice);
        try
        {
            for (int i = 0; i < region.Parts.Length; i++)
            {
                sequence._parts.Add(region.Parts[i].Prepare([weights[i]]));
            }

            return sequence;
        }
        catch
        {
            sequence.Dispose();
            throw;
        }
    }

    public long GetScratchBytes(int images) => _parts.Max(part => part.GetScratchBytes(images));

    public long GetWorkspaceBytes(int images) => checked(OffsetOf(_parts.Count - 1, images) + _parts.Max(part => part.GetWorkspaceBytes(images)));

    public void Run(in RegionContext context)
    {
        long first = context.Workspace;
        for (int i = 0; i < _parts.Count; i++)
        {
            FusedStep step = _region.Steps[i];
            for (int input = 0; input < step.Inputs.Length; input++)
            {
                _inputs[i][input] = FindPlace(step.Inputs[input], context);
            }

            _parts[i].Run(context with
            {
                Inputs = _inputs[i],
                Output = i == _parts.Count - 1 ? context.Output : first + OffsetOf(i, context.Images),
                Workspace = first + OffsetOf(_parts.Count - 1, context.Images),
            });
        }
    }

    public void Dispose() => _parts.ForEach(part => part.Dispose());

    /// <summary>Where a value lies: what the sequence computes, in the workspace; what the region reads, where it is.</summary>
    private long FindPlace(int value, in RegionContext context)
    {
        for (int i = 0; i < _parts.Count - 1; i++)
        {
            if (_region.Steps[i].Output == value)
            {
                return context.Workspace + OffsetOf(i, context.Images);
            }
        }

        return context.Inputs[((IRegion)_region).Inputs.IndexOf(value)];
    }

    /// <summary>Bytes before the output of a part; behind those of all parts but the last, which writes the region's output, lies the parts' own workspace.</summary>
    private long OffsetOf(int part, int images)
    {
        long offset = 0;
        for (int i = 0; i < part; i++)
        {
            offset += checked(((_region.Steps[i].OutputShape.Count * images * sizeof(float)) + Alignment - 1) / Alignment * Alignment);
        }

        return offset;
    }
}
