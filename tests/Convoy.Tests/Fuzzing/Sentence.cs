namespace Convoy.Tests.Fuzzing;

/// <summary>What the user reads of a refusal.</summary>
internal static class Sentence
{
    private const int Longest = 2000;

    /// <summary>Reads, or is refused with the one kind of exception that is documented, in a sentence on one line.</summary>
    /// <returns>Whether it was read.</returns>
    public static bool ReadOrRefuse<TException>(Action read, int longest = Longest)
        where TException : Exception
    {
        try
        {
            read();
            return true;
        }
        catch (TException e)
        {
            Check(e.Message, longest);
            return false;
        }
    }

    /// <summary>Throws for what is no sentence on a line.</summary>
    public static void Check(string message, int longest = Longest)
    {
        if (message.Length == 0 || message.Length > longest || !message.EndsWith('.') || message.Any(char.IsControl))
        {
            throw new FuzzException($"This is no sentence on one line: '{message}'");
        }
    }
}
