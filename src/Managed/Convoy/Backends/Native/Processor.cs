using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace Convoy.Backends.Native;

/// <summary>What the processor calls itself.</summary>
internal static class Processor
{
    // The three leaves that hold the brand string (Intel SDM volume 2A, CPUID; AMD's are the same).
    private const int FirstBrandLeaf = unchecked((int)0x80000002);
    private const int LastBrandLeaf = unchecked((int)0x80000004);
    private const int HighestLeaf = unchecked((int)0x80000000);

    /// <summary>The brand string on x86, otherwise the architecture.</summary>
    public static string Name { get; } = ReadBrand() ?? RuntimeInformation.ProcessArchitecture.ToString();

    /// <summary>Who made it, as it says on x86: "AuthenticAMD"; otherwise empty.</summary>
    public static string Vendor { get; } = ReadVendor();

    /// <summary>The clock at most, or, as in most virtual machines, the one that Linux has of the moment; null where it has neither.</summary>
    public static int? ClockMegahertz { get; } = ReadClock("/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq", "/proc/cpuinfo");

    /// <summary>Reads the clock from files such as Linux has: one of a number in kHz, or else the fastest "cpu MHz" of all processors.</summary>
    public static int? ReadClock(string most, string processors)
    {
        try
        {
            return File.Exists(most) && int.TryParse(File.ReadAllText(most), CultureInfo.InvariantCulture, out int kilohertz) && kilohertz >= 1000 ? kilohertz / 1000
                : File.Exists(processors) ? FindClock(File.ReadLines(processors)) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The fastest of lines such as "cpu MHz : 2596.130".</summary>
    private static int? FindClock(IEnumerable<string> lines) => lines
        .Select(line => line.Split(':'))
        .Where(parts => parts.Length == 2 && parts[0].Trim() == "cpu MHz")
        .Select(parts => double.TryParse(parts[1], CultureInfo.InvariantCulture, out double clock) && clock is >= 1 and < int.MaxValue ? (int?)Math.Round(clock) : null)
        .Max();

    private static string ReadVendor()
    {
        if (!X86Base.IsSupported)
        {
            return "";
        }

        (_, int ebx, int ecx, int edx) = X86Base.CpuId(0, 0);
        return Encoding.ASCII.GetString(MemoryMarshal.AsBytes<int>([ebx, edx, ecx])).Trim('\0', ' ');
    }

    private static string? ReadBrand()
    {
        if (!X86Base.IsSupported || (uint)X86Base.CpuId(HighestLeaf, 0).Eax < unchecked((uint)LastBrandLeaf))
        {
            return null;
        }

        var registers = new List<int>();
        for (int leaf = FirstBrandLeaf; leaf <= LastBrandLeaf; leaf++)
        {
            (int eax, int ebx, int ecx, int edx) = X86Base.CpuId(leaf, 0);
            registers.AddRange([eax, ebx, ecx, edx]);
        }

        string brand = Encoding.ASCII.GetString(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(registers))).Trim('\0', ' ');
        return brand.Length == 0 ? null : brand;
    }
}
