using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Convoy.Backends.OpenCL;

namespace Convoy.Tests.OpenCL;

/// <summary>The structs that kernels are given have the fields of the host's, in name, order, type and size.</summary>
public sealed partial class KernelStructTests
{
    private static string[] Sources { get; } =
        [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "kernels"), "*.cl").Select(File.ReadAllText)];

    private static IEnumerable<TestCaseData> Structs =>
        from source in Sources
        from Match match in Struct().Matches(source)
        let name = match.Groups["name"].Value
        where Sources.Any(each => Regex.IsMatch(each, $@"__kernel[^{{]*\b{name}\b")) // some are in a file that others include
        select new TestCaseData(name, match.Groups["fields"].Value).SetArgDisplayNames(name);

    /// <summary>The host's: structs of fields, where all others have properties; the compiler's own are named in angle brackets.</summary>
    private static IEnumerable<Type> Own => typeof(KernelForm).Assembly.GetTypes().Where(
        type => type is { IsValueType: true, IsEnum: false, IsPrimitive: false } && IsOfOpenCl(type)
            && type.GetCustomAttribute<InlineArrayAttribute>() is null && !type.Name.StartsWith('<')
            && type.GetFields(BindingFlags.Instance | BindingFlags.Public).Length > 0);

    [Test]
    public void Kernels_are_given_all_structs_that_the_host_has_for_them() =>
        Assert.That(Structs.Select(each => Lower((string)each.Arguments[0]!)), Is.EquivalentTo(Own.Select(type => Lower(type.Name))));

    [TestCaseSource(nameof(Structs))]
    public void A_kernels_struct_is_the_hosts_field_by_field(string name, string fields)
    {
        Type host = typeof(KernelForm).Assembly.GetTypes().Single(
            type => type.IsValueType && IsOfOpenCl(type) && Lower(type.Name) == Lower(name));
        FieldInfo[] own = [.. FieldsOf(host).OrderBy(field => field.MetadataToken)];
        (string Type, string Name, int Count)[] theirs =
        [
            .. Field().Matches(Comment().Replace(fields, "")).Select(match => (
                match.Groups["type"].Value, Lower(match.Groups["name"].Value), match.Groups["count"].Success ? Parse(match.Groups["count"]) : 1)),
        ];
        Assert.That(own.Select(Describe), Is.EqualTo(theirs));
        Assert.That(Marshal.SizeOf(host), Is.EqualTo(theirs.Sum(field => field.Count) * sizeof(int)), "no gaps");
        Assert.That(host.StructLayoutAttribute!.Value, Is.EqualTo(LayoutKind.Sequential));
    }

    private static bool IsOfOpenCl(Type type) => type.Namespace?.StartsWith("Convoy.Backends.OpenCL", StringComparison.Ordinal) == true;

    private static (string Type, string Name, int Count) Describe(FieldInfo field)
    {
        int count = field.FieldType.GetCustomAttribute<InlineArrayAttribute>()?.Length ?? 1;
        Type type = count > 1 ? FieldsOf(field.FieldType).Single().FieldType : field.FieldType;
        type = type.IsEnum ? type.GetEnumUnderlyingType() : type;
        string theirs = type == typeof(int) ? "int" : type == typeof(float) ? "float" : type.Name;
        return (theirs, Lower(field.Name), count);
    }

    private static FieldInfo[] FieldsOf(Type type) => type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);

    private static int Parse(Group number) => int.Parse(number.Value, CultureInfo.InvariantCulture);

    // ImageFloats is image_floats there.
    private static string Lower(string name) => name.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();

    [GeneratedRegex(@"typedef struct \{(?<fields>[^}]*)\} (?<name>\w+);")]
    private static partial Regex Struct();

    [GeneratedRegex(@"/\*.*?\*/", RegexOptions.Singleline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"(?<type>\w+) (?<name>\w+)(?:\[(?<count>\d+)\])?;")]
    private static partial Regex Field();
}
