using NUnit.Framework.Internal;

namespace Convoy.Tests.Support;

/// <summary>For testing what fails tests.</summary>
internal static class Failure
{
    /// <summary>The message with which an action fails its test, without failing this one; null if it does not.</summary>
    public static string? Of(Action action)
    {
        using var isolated = new TestExecutionContext.IsolatedContext();
        try
        {
            action();
            return null;
        }
        catch (AssertionException exception)
        {
            return exception.Message;
        }
    }
}
