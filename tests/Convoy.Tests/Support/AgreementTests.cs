namespace Convoy.Tests.Support;

/// <summary>What the comparison with an oracle says of numbers that are none.</summary>
public sealed class AgreementTests
{
    [TestCase(float.NaN)]
    [TestCase(float.PositiveInfinity)]
    public void What_is_not_finite_is_within_no_limit(float number)
    {
        float[] expected = [1, 2, 3];
        Assert.That(Agreement.RelativeError([1, number, 3], expected), Is.GreaterThan(1e30));
        Assert.That(Failure.Of(() => Agreement.AssertClose([1, number, 3], expected, "numbers")), Does.Contain("must be finite"));
    }
}
