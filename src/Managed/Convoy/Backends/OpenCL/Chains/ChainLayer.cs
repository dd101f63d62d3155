namespace Convoy.Backends.OpenCL.Chains;

/// <summary>A layer's weights as chain.cl reads them: [tile][row][column][channel][filter of the tile], the tile's biases in front.</summary>
/// <param name="Step">Whose they are, of the chain's steps.</param>
/// <param name="Positions">Rows times columns of a filter.</param>
/// <param name="Channels">Channels of the input.</param>
/// <param name="Filters">Filters.</param>
/// <param name="TileFilters">Filters of a tile.</param>
/// <param name="Tiles">Tiles, the last one filled up with zeros.</param>
/// <param name="Begin">Floats before them.</param>
internal readonly record struct ChainLayer(int Step, int Positions, int Channels, int Filters, int TileFilters, int Tiles, int Begin)
{
    /// <summary>Floats of them.</summary>
    public int Floats => Tiles * TileFilters * (1 + (Positions * Channels));

    /// <summary>Writes them.</summary>
    /// <param name="weights">As published: [filter][channel][row][column].</param>
    /// <param name="packed">All zeros: the packed weights of the chain.</param>
    public void Pack(StepWeights weights, Span<float> packed)
    {
        ReadOnlySpan<float> kernel = weights.Kernel.Span;
        ReadOnlySpan<float> bias = weights.Bias.Span;
        for (int filter = 0; filter < Filters; filter++)
        {
            (int tile, int place) = Math.DivRem(filter, TileFilters);
            int next = Begin + (tile * (Floats / Tiles)) + place;
            packed[next] = bias.IsEmpty ? 0 : bias[filter];
            for (int position = 0; position < Positions; position++)
            {
                for (int channel = 0; channel < Channels; channel++)
                {
                    next += TileFilters;
                    packed[next] = kernel[(((filter * Channels) + channel) * Positions) + position];
                }
            }
        }
    }
}
