namespace Convoy.Backends;

/// <summary>
/// A device has a limit that a batch of this size exceeds; a smaller one may fit. The sentence names the limit.
/// </summary>
public sealed class BatchTooLargeException(string message, Exception? innerException = null) : ConvoyException(message, innerException);
