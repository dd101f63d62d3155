using System.Text.RegularExpressions;
using Convoy.Backends.OpenCL;

namespace Convoy.Tests.OpenCL;

/// <summary>What the host's lists define for kernels, kernels know, and the other way round.</summary>
public sealed partial class HostSourceTests
{
    [Test]
    public void Pool_cl_knows_every_kind_of_pooling_and_no_others()
    {
        string pool = File.ReadAllText(Path.Combine(Repository.Root, "kernels", "pool.cl"));
        IEnumerable<string> defined = Definition().Matches(HostSource.File.Text).Select(match => match.Groups["name"].Value);

        // Average is what is left when it is none of the others.
        Assert.That(PoolMacro().Matches(pool).Select(match => match.Value).Append("POOL_AVERAGE").Distinct(), Is.EquivalentTo(defined));
    }

    [Test]
    public void Every_binary_operation_has_one_row() => Assert.That(
        ElementwiseOperation.All.Select(each => each.Binary), Is.EqualTo(Enum.GetValues<BinaryOperation>().Select(each => (BinaryOperation?)each).Prepend(null)));

    [GeneratedRegex(@"#define (?<name>POOL_\w+)")]
    private static partial Regex Definition();

    [GeneratedRegex(@"\bPOOL_[A-Z_]+\b")]
    private static partial Regex PoolMacro();
}
