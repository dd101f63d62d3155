using System.Collections.Immutable;
using Convoy.ModelFiles;
using Convoy.Onnx;

namespace Convoy.Cli.Options;

/// <summary>The kinds of model files that every command takes.</summary>
internal static class ModelFormatList
{
    /// <summary>Every format, in the order in which they are asked.</summary>
    public static ImmutableArray<IModelFormat> All { get; } = [new NetworkFile(), new OnnxFormat(), new KerasFormat()];
}
