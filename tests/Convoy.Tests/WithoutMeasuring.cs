namespace Convoy.Tests;

/// <summary>
/// Keeps the tests from measuring algorithms and from the user's cache, unless the environment says where to: which one a
/// session chooses is then up to the cost model, the same on every run.
/// </summary>
[SetUpFixture]
public sealed class WithoutMeasuring
{
    private const string Variable = "CONVOY_CACHE";

    [OneTimeSetUp]
    public void TurnOff() => Environment.SetEnvironmentVariable(Variable, Environment.GetEnvironmentVariable(Variable) ?? "off");
}
