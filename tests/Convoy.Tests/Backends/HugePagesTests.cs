using System.Globalization;
using Convoy.Backends.Native;
using Convoy.Memory;

namespace Convoy.Tests.Backends;

/// <summary>Huge pages are asked for where a block has room for one, and only there.</summary>
public sealed class HugePagesTests
{
    private const string Switch = "/sys/kernel/mm/transparent_hugepage/enabled";
    private const string Mappings = "/proc/self/smaps";

    [Test]
    public void The_system_takes_note_of_a_large_block()
    {
        if (!File.Exists(Switch) || !File.Exists(Mappings))
        {
            Assert.Ignore($"Skipped: huge pages on demand are not there: no {Switch}.");
        }

        using var pool = new NativeMemoryPool(maxPooledBytes: 0);
        using PooledBuffer<byte> block = pool.Rent<byte>(8 << 20);
        Assert.That(FlagsOf(block.Address + (4 << 20)), Does.Not.Contain("hg"));
        Assert.That(HugePages.Ask(block.Address, block.Length), Is.True);
        Assert.That(FlagsOf(block.Address + (4 << 20)), Does.Contain("hg"));
    }

    [Test]
    public void A_block_without_room_for_one_is_left_alone()
    {
        using var pool = new NativeMemoryPool(maxPooledBytes: 0);
        using PooledBuffer<byte> block = pool.Rent<byte>(8 << 20);
        nint page = (nint)((block.Address + HugePages.Bytes - 1) / HugePages.Bytes * HugePages.Bytes);
        Assert.That(HugePages.Ask(page + 1, (2 * HugePages.Bytes) - 2), Is.False);
        Assert.That(HugePages.Ask(page, 0), Is.False);
        Assert.That(HugePages.Ask(page, HugePages.Bytes), Is.EqualTo(File.Exists(Switch)));
    }

    /// <summary>What the system notes of the mapping that holds an address.</summary>
    private static string[] FlagsOf(nint address)
    {
        bool isInside = false;
        foreach (string line in File.ReadLines(Mappings))
        {
            string[] words = line.Split([' ', '-'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 1 && nint.TryParse(words[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out nint first)
                && nint.TryParse(words[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out nint end))
            {
                isInside = first <= address && address < end;
            }
            else if (isInside && words[0] == "VmFlags:")
            {
                return words;
            }
        }

        return [];
    }
}
