namespace Convoy.Imaging;

/// <summary>A data set that cannot be read. The message names the file, what is wrong and what to do.</summary>
public sealed class DatasetException : ConvoyException
{
    /// <summary>Creates the error with its sentence.</summary>
    public DatasetException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the error with its sentence and the failure underneath.</summary>
    public DatasetException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
