namespace Convoy.Weights.Formats;

/// <summary>
/// What is wrong with a file, from within a part of it that does not know its name. The message is the end of a sentence that
/// begins with that name: "its header is cut short".
/// </summary>
internal sealed class FileFaultException(string problem, Exception? cause = null) : Exception(problem, cause);
