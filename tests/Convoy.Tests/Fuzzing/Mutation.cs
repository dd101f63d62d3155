using System.Buffers.Binary;

namespace Convoy.Tests.Fuzzing;

/// <summary>Changes of a file's bytes, as damage and malice make them.</summary>
internal static class Mutation
{
    private const int MostSteps = 6;
    private const int LargestFile = 1 << 18;

    private static readonly Func<Random, byte[], byte[]>[] Steps =
        [FlipBit, SetByte, SetInteger, SetInteger, Truncate, Extend, Remove, Repeat, CopyOver, Swap];

    /// <summary>A file that was changed in one place or a few.</summary>
    /// <param name="random">What chooses.</param>
    /// <param name="seeds">Files to begin with.</param>
    public static byte[] Of(Random random, IReadOnlyList<byte[]> seeds)
    {
        byte[] bytes = [.. Any(random, seeds)];
        for (int i = random.Next(1, MostSteps + 1); i > 0; i--)
        {
            bytes = random.Next(Steps.Length + 1) is var step && step < Steps.Length
                ? bytes.Length == 0 ? Extend(random, bytes) : Steps[step](random, bytes)
                : Splice(random, bytes, Any(random, seeds));
        }

        return bytes.Length <= LargestFile ? bytes : bytes[..LargestFile];
    }

    /// <summary>One of several.</summary>
    public static T Any<T>(Random random, IReadOnlyList<T> items) => items[random.Next(items.Count)];

    /// <summary>A number that programs trip over: nothing, ends of ranges, powers of two and their neighbours, sizes of the file.</summary>
    public static long EdgeNumber(Random random, int size) => random.Next(6) switch
    {
        0 => random.Next(-2, 3),
        1 => (1L << random.Next(63)) + random.Next(-1, 2),
        2 => -(1L << random.Next(63)) + random.Next(-1, 2),
        3 => size + random.Next(-16, 17),
        4 => random.Next(2) == 0 ? long.MaxValue - random.Next(2) : long.MinValue + random.Next(2),
        _ => random.Next(256),
    };

    private static byte[] FlipBit(Random random, byte[] bytes)
    {
        bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        return bytes;
    }

    private static byte[] SetByte(Random random, byte[] bytes)
    {
        bytes[random.Next(bytes.Length)] = random.Next(3) == 0 ? Any(random, (byte[])[0, 1, 0x7F, 0x80, 0xFF]) : (byte)random.Next(256);
        return bytes;
    }

    private static byte[] SetInteger(Random random, byte[] bytes)
    {
        int width = 1 << random.Next(4);
        if (bytes.Length < width)
        {
            return bytes;
        }

        // Where lengths stand as a rule: near the beginning, or anywhere.
        int room = bytes.Length - width + 1;
        Span<byte> place = bytes.AsSpan(random.Next(random.Next(2) == 0 ? Math.Min(room, 64) : room), width);
        Span<byte> number = stackalloc byte[sizeof(long)];
        long value = EdgeNumber(random, bytes.Length);
        if (random.Next(2) == 0)
        {
            BinaryPrimitives.WriteInt64LittleEndian(number, value);
            number[..width].CopyTo(place);
        }
        else
        {
            BinaryPrimitives.WriteInt64BigEndian(number, value);
            number[^width..].CopyTo(place);
        }

        return bytes;
    }

    private static byte[] Truncate(Random random, byte[] bytes) => bytes[..random.Next(bytes.Length)];

    private static byte[] Extend(Random random, byte[] bytes)
    {
        byte[] more = new byte[random.Next(1, 65)];
        if (random.Next(2) == 0)
        {
            random.NextBytes(more);
        }

        return [.. bytes, .. more];
    }

    private static byte[] Remove(Random random, byte[] bytes)
    {
        Range block = Block(random, bytes);
        return [.. bytes[..block.Start], .. bytes[block.End..]];
    }

    private static byte[] Repeat(Random random, byte[] bytes)
    {
        Range block = Block(random, bytes);
        int times = random.Next(8) == 0 ? random.Next(1, 1000) : 1;
        int length = bytes[block].Length;
        byte[] repeated = [.. Enumerable.Repeat(bytes[block], Math.Min(times, LargestFile / Math.Max(length, 1))).SelectMany(each => each)];
        return [.. bytes[..block.End], .. repeated, .. bytes[block.End..]];
    }

    private static byte[] CopyOver(Random random, byte[] bytes)
    {
        byte[] block = bytes[Block(random, bytes)];
        block.CopyTo(bytes.AsSpan(random.Next(bytes.Length - block.Length + 1)));
        return bytes;
    }

    private static byte[] Swap(Random random, byte[] bytes)
    {
        int[] ends = [.. Enumerable.Range(0, 4).Select(_ => random.Next(bytes.Length + 1)).Order()];
        return [.. bytes[..ends[0]], .. bytes[ends[2]..ends[3]], .. bytes[ends[1]..ends[2]], .. bytes[ends[0]..ends[1]], .. bytes[ends[3]..]];
    }

    private static byte[] Splice(Random random, byte[] bytes, byte[] other) =>
        [.. bytes[..random.Next(bytes.Length + 1)], .. other[random.Next(other.Length + 1)..]];

    private static Range Block(Random random, byte[] bytes)
    {
        int start = random.Next(bytes.Length);
        int most = random.Next(2) == 0 ? 16 : bytes.Length;
        return start..(start + random.Next(Math.Min(most, bytes.Length - start) + 1));
    }
}
