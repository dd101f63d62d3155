using Convoy.Cli.Options;

namespace Convoy.Tests.Cli;

/// <summary>Lists and ranges of numbers.</summary>
public sealed class NumberRangesTests
{
    private const int Most = 1 << 20;

    [TestCase("7", 7)]
    [TestCase("1,8,64", 1, 8, 64)]
    [TestCase("8,1,8", 8, 1)]
    [TestCase("1-4", 1, 2, 3, 4)]
    [TestCase("3-3", 3)]
    [TestCase("0-2", 0, 1, 2)]
    [TestCase("8-32+8", 8, 16, 24, 32)]
    [TestCase("8-31+8", 8, 16, 24)]
    [TestCase("1-64*4", 1, 4, 16, 64)]
    [TestCase("3-20*2", 3, 6, 12)]
    [TestCase("1,4-6,64-256*2,5", 1, 4, 5, 6, 64, 128, 256)]
    [TestCase("1-1048576*1024", 1, 1024, 1048576)]
    public void Numbers_come_in_the_order_they_are_named_and_once(string text, params int[] expected)
    {
        Assert.That(NumberRanges.Parse(text, 0, Most, out string? fault), Is.EqualTo(expected));
        Assert.That(fault, Is.Null);
    }

    [TestCase("", "must be a whole number from 1 to 1,048,576, or a range")]
    [TestCase("1,,2", "is '', but must be a whole number")]
    [TestCase("-1", "must be a whole number")]
    [TestCase("0", "must be a whole number from 1")]
    [TestCase("1.5", "must be a whole number")]
    [TestCase(" 1", "must be a whole number")]
    [TestCase("1\n", "must be a whole number")]
    [TestCase("1-", "must be a whole number")]
    [TestCase("1-4-8", "must be a whole number")]
    [TestCase("1-4/2", "must be a whole number")]
    [TestCase("99999999999", "must be a whole number")]
    [TestCase("\u0661", "must be a whole number")]
    [TestCase("4-1", "must end between its first number and 1,048,576")]
    [TestCase("1-1048577", "must end between")]
    [TestCase("1-99999999999", "must end between")]
    [TestCase("1-4+0", "step must be +1 or more, or *2 or more")]
    [TestCase("1-4*1", "step must be")]
    [TestCase("1-4+99999999999", "step must be")]
    [TestCase("1-1000000", "is '1-1000000', but must not stand for more than 1,000 numbers")]
    [TestCase("1-600,2001-2600", "must not stand for more than 1,000 numbers")]
    public void What_is_none_is_refused_with_what_it_may_be(string text, string expected)
    {
        Assert.That(NumberRanges.Parse(text, 1, Most, out string? fault), Is.Empty);
        Assert.That(fault, Does.StartWith("is '").And.Contains(expected).And.EndsWith("."));
    }

    [Test]
    public void Nothing_is_multiplied_up_from_zero()
    {
        NumberRanges.Parse("0-8*2", 0, Most, out string? fault);
        Assert.That(fault, Does.Contain("from a number above 0"));
    }
}
