namespace Convoy.Backends.OpenCL.Interop;

/// <summary>An OpenCL call failed: what was being done, the code's name and number, and for the common ones what to do.</summary>
internal class ClException : ConvoyException
{
    public ClException(string operation, ClStatus status, string detail)
        : this(operation, status, detail, Sentence(operation, status, detail))
    {
    }

    private protected ClException(string operation, ClStatus status, string detail, string message)
        : base(message)
    {
        Operation = operation;
        Status = status;
        Detail = detail;
    }

    /// <summary>What was being done: "create a buffer".</summary>
    public string Operation { get; }

    /// <summary>What it was done to: "4096 bytes on 'pocl'".</summary>
    public string Detail { get; }

    /// <summary>What the call returned.</summary>
    public ClStatus Status { get; }

    private static string Sentence(string operation, ClStatus status, string detail)
    {
        string advice = status.Advice() is { } sentence ? " " + sentence : "";
        return $"OpenCL could not {operation} ({detail}): {status.HeaderName()} ({(int)status}).{advice}";
    }
}
