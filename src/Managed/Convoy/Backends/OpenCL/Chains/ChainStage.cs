namespace Convoy.Backends.OpenCL.Chains;

/// <summary>What a stage of chain.cl does; it has the names as CHAIN_CONVOLUTION and so on.</summary>
internal enum ChainStageKind
{
    /// <summary>A convolution or fully connected layer, with the pooling behind it where windows share no rows.</summary>
    Convolution,

    /// <summary>A pooling by itself.</summary>
    Pool,

    /// <summary>The softmax that ends a chain.</summary>
    Softmax,
}

/// <summary>chain_stage of chain.cl, field for field: all distances are in elements.</summary>
internal struct ChainStage
{
    public ChainStageKind Kind;
    public int Tile;
    public int Tiles;
    public int Activates;
    public int Input;
    public int Output;
    public int Sums;
    public int Weights;
    public int Height;
    public int Width;
    public int StepH;
    public int StepW;
    public int KernelH;
    public int RunCount;
    public int RunLength;
    public int RunStep;
    public int InRow;
    public int OutRow;
    public int PoolH;
    public int PoolW;
    public int PoolStep;
    public int PoolColumns;
    public int PoolIsMax;
    public int Channels;
}

/// <summary>chain_shape of chain.cl, field for field.</summary>
internal struct ChainShape
{
    public int Stages;
    public int Elements;
    public int IsPadded;
    public int Input;
    public int ImageFloats;
    public int RowFloats;
    public int InRow;
    public int Output;
    public int Pixels;
    public int Channels;
    public int PaddedChannels;
}
