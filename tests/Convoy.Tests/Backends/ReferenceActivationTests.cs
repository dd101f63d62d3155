using Convoy.Backends.Reference;

namespace Convoy.Tests.Backends;

/// <summary>The oracle's own numbers, against those of the C library, which has the functions that .NET lacks (erfc, expm1, log1p).</summary>
public sealed class ReferenceActivationTests
{
    [TestCase(0, ExpectedResult = 1)]
    [TestCase(0.5, ExpectedResult = 0.4795001221869535)]
    [TestCase(1, ExpectedResult = 0.15729920705028513)]
    [TestCase(1.9, ExpectedResult = 0.0072095707647425325)]
    [TestCase(2.1, ExpectedResult = 0.002979466656332984)]
    [TestCase(5, ExpectedResult = 1.5374597944280351e-12)]
    [TestCase(-1, ExpectedResult = 1.8427007929497148)]
    [TestCase(double.PositiveInfinity, ExpectedResult = 0)]
    [TestCase(double.NegativeInfinity, ExpectedResult = 2)]
    [DefaultFloatingPointTolerance(1e-12)]
    public double The_error_functions_complement(double x) => ErrorFunction.Complement(x);

    [TestCase(ActivationKind.Elu, -1e-8, -9.99999995e-9)]
    [TestCase(ActivationKind.Elu, -2, -0.8646647167633873)]
    [TestCase(ActivationKind.Softplus, -40, 4.248354255291589e-18)]
    [TestCase(ActivationKind.Softplus, 1, 1.3132616875182228)]
    [TestCase(ActivationKind.Softplus, 1000, 1000)]
    [TestCase(ActivationKind.Gelu, 1, 0.8413447460685429)]
    [TestCase(ActivationKind.Gelu, -6, -5.919525870226207e-9)]
    [TestCase(ActivationKind.GeluTanh, 1, 0.8411919906082768)]
    [TestCase(ActivationKind.Silu, -1000, 0)]
    [TestCase(ActivationKind.Silu, 2, 1.7615941559557649)]
    [TestCase(ActivationKind.Sigmoid, -40, 4.248354255291589e-18)]
    [TestCase(ActivationKind.HardSwish, 1, 2.0 / 3)]
    public void Where_a_definition_loses_digits_the_oracle_does_not(ActivationKind kind, double x, double expected) =>
        Assert.That(ReferenceActivations.Select("some layer", new Activation(kind, 1), 0)(x), Is.EqualTo(expected).Within(Math.Abs(expected) * 1e-9));

    [Test]
    public void Every_kind_has_a_row_and_keeps_NaN()
    {
        foreach (ActivationKind kind in Enum.GetValues<ActivationKind>())
        {
            Assert.That(ReferenceActivations.Select("some layer", new Activation(kind, -1, 1), 0.5)(double.NaN), Is.NaN, $"{kind}");
        }
    }
}
