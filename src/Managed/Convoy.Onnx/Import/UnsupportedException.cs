namespace Convoy.Onnx.Import;

/// <summary>A node asks for what Convoy has not. The message is a part of a sentence that names the node before: "its mode is 'reflect'".</summary>
internal class UnsupportedException(string reason) : Exception(reason);

/// <summary>A node treats the first axis as anything but a count of images: the model may still be one for a single sample.</summary>
internal sealed class MixedBatchException(string reason) : UnsupportedException(reason);
