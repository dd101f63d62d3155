namespace Convoy.Memory;

/// <summary>The operating system refused a block of native memory.</summary>
public sealed class OutOfNativeMemoryException : ConvoyException
{
    /// <summary>Creates the error for a request of <paramref name="requestedBytes"/> bytes.</summary>
    public OutOfNativeMemoryException(long requestedBytes, Exception? innerException)
        : base(
            $"Out of memory: the system refused a block of {requestedBytes:N0} bytes; use a smaller batch or free memory elsewhere.",
            innerException)
    {
        RequestedBytes = requestedBytes;
    }

    /// <summary>The size of the refused block in bytes.</summary>
    public long RequestedBytes { get; }
}
