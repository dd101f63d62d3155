namespace Convoy;

/// <summary>
/// The base of every error Convoy raises on purpose. Its message is one sentence for the person at the keyboard: what is
/// wrong, where, and what to do about it.
/// </summary>
public class ConvoyException : Exception
{
    /// <summary>Creates the error with its sentence.</summary>
    public ConvoyException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the error with its sentence and the failure underneath.</summary>
    public ConvoyException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
