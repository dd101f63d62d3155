using Convoy.ModelFiles;

namespace Convoy.Onnx;

/// <summary>ONNX among the kinds of model files.</summary>
public sealed class OnnxFormat : IModelFormat
{
    /// <inheritdoc/>
    public string Name => "ONNX";

    /// <inheritdoc/>
    public bool Recognizes(ReadOnlySpan<byte> start, long length) => Weights.Formats.OnnxModel.Recognizes(start, length);

    /// <inheritdoc/>
    public ModelFile Load(string path, ModelFileOptions options) => OnnxModel.Load(path, options);
}
