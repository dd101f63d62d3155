namespace Convoy.Imaging;

/// <summary>An image that cannot be read or decoded. The message names the file, what is wrong and what to do.</summary>
public sealed class ImageException : ConvoyException
{
    /// <summary>Creates the error with its sentence.</summary>
    public ImageException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the error with its sentence and the failure underneath.</summary>
    public ImageException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
