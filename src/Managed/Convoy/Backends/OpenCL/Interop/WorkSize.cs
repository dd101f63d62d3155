namespace Convoy.Backends.OpenCL.Interop;

/// <summary>Work-items along up to three dimensions: of a whole launch, or of one work-group. The default is "the driver chooses".</summary>
internal readonly record struct WorkSize(long X, long Y = 1, long Z = 1)
{
    /// <summary>Dimensions up to the last that is more than 1; 0 for the default value.</summary>
    public int Dimensions => this == default ? 0 : Z > 1 ? 3 : Y > 1 ? 2 : 1;

    /// <summary>Work-items altogether.</summary>
    public long Total => X * Y * Z;
}
