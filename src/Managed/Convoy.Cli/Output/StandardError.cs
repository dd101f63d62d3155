namespace Convoy.Cli.Output;

/// <summary>
/// The process's error stream. What cannot be written to it is lost, and nothing else is: a full disk or a closed descriptor
/// changes neither what a command does nor what it returns.
/// </summary>
internal static class StandardError
{
    /// <summary>Opens it.</summary>
    public static Stream Open() => StandardDescriptors.IsInherited(StandardDescriptors.Error)
        ? new LossyStream(Console.OpenStandardError())
        : Stream.Null;

    private sealed class LossyStream(Stream inner) : WriteOnlyStream
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            try
            {
                inner.Write(buffer);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // There is no other place to report it to.
            }
        }
    }
}
