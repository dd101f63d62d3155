using Convoy.Backends;

namespace Convoy.Cli.Common;

/// <summary>What precisions are called, in options and in reports.</summary>
internal static class PrecisionNames
{
    /// <summary>The precisions weights can be stored in, by name; the first is the default.</summary>
    public static readonly (string Name, WeightPrecision Value)[] All =
        [("fp32", WeightPrecision.Float32), ("fp16", WeightPrecision.Float16), ("bf16", WeightPrecision.BFloat16)];
}
