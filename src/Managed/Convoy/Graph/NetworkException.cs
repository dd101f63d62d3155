namespace Convoy.Graph;

/// <summary>A network is impossible: the sentence names the layer, the shapes involved, and the rule they break.</summary>
public sealed class NetworkException : ConvoyException
{
    /// <summary>Creates the error with its sentence.</summary>
    public NetworkException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the error with its sentence and the failure underneath.</summary>
    public NetworkException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
