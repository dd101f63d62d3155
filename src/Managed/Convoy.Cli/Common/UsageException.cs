namespace Convoy.Cli.Common;

/// <summary>The command line parses but cannot be meant: a value does not fit the model or another option.</summary>
internal sealed class UsageException : Exception
{
    public UsageException(string message)
        : base(message)
    {
    }

    public UsageException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
