using System.Text;

namespace Convoy.Backends.OpenCL.Interop;

/// <summary>The types that kernels are given by value, and what the host's are called there.</summary>
internal static class KernelTypes
{
    /// <summary>Bytes of every number that is given by value: kernels count in ints and compute in floats.</summary>
    public const int NumberBytes = sizeof(int);

    private static readonly string[] Numbers = ["int", "uint", "float"];

    /// <summary>True for a number's type.</summary>
    public static bool IsNumber(string type) => Numbers.Contains(type);

    /// <summary>A type's name in OpenCL C: "int", "float", and "pool_shape" for a struct PoolShape.</summary>
    public static string NameOf(Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.Int32 => "int",
        TypeCode.UInt32 => "uint",
        TypeCode.Single => "float",
        _ => ToSnakeCase(type.Name),
    };

    /// <summary>"pool_shape" for "PoolShape".</summary>
    public static string ToSnakeCase(string name)
    {
        var text = new StringBuilder();
        foreach (char letter in name)
        {
            text.Append(char.IsUpper(letter) && text.Length > 0 ? "_" : "").Append(char.ToLowerInvariant(letter));
        }

        return text.ToString();
    }

    /// <summary>"ADAPTIVE_MAX" for "AdaptiveMax".</summary>
    public static string ToMacro(string name) => ToSnakeCase(name).ToUpperInvariant();
}
