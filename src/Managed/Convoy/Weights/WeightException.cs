using System.Text;

namespace Convoy.Weights;

/// <summary>Weights, or other tensors in files, cannot be read, written or used: the sentence names the file, the tensor, and the rule it breaks.</summary>
public sealed class WeightException : ConvoyException
{
    private const int LongestQuote = 80;

    /// <summary>Creates the error with its sentence.</summary>
    public WeightException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the error with its sentence and the failure underneath.</summary>
    public WeightException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>The error for a file that cannot be read: "Cannot read the weights of 'a.bin': it is empty."</summary>
    /// <param name="source">What the bytes come from.</param>
    /// <param name="problem">What is wrong with it, and what to do, as the end of the sentence.</param>
    /// <param name="cause">The failure underneath.</param>
    /// <param name="kind">What is in it, as messages call it.</param>
    internal static WeightException Unreadable(string source, string problem, Exception? cause = null, string kind = "weights") =>
        new($"Cannot read the {kind} of '{source}': {problem}.", cause);

    /// <summary>A name out of a file, fit for a sentence: in quotes, on one line, and not a page long.</summary>
    internal static string Quote(string name)
    {
        var quoted = new StringBuilder("'");
        foreach (char c in name.AsSpan(0, Math.Min(name.Length, LongestQuote)))
        {
            quoted.Append(char.IsControl(c) ? '?' : c);
        }

        return quoted.Append(name.Length > LongestQuote ? "...'" : "'").ToString();
    }
}
