namespace Convoy.Backends;

/// <summary>A backend cannot be had, or refused or failed an operation: the sentence says which, why, and what would help.</summary>
public sealed class BackendException : ConvoyException
{
    /// <summary>Creates the error with its sentence.</summary>
    public BackendException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the error with its sentence and the failure underneath.</summary>
    public BackendException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>True where a device cannot run a kernel that another may stand in for.</summary>
    internal bool IsOfKernel { get; init; }
}
