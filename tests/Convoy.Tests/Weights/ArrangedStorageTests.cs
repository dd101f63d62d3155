using System.Buffers.Binary;

namespace Convoy.Tests.Weights;

/// <summary>Tensors that do not lie in row-major order and little-endian.</summary>
public class ArrangedStorageTests
{
    [Test]
    public void Any_order_of_axes_is_put_in_order([Values(1, 2, 4, 8)] int size, [Values] bool isBigEndian)
    {
        int[] extents = [2, 3, 4];
        int[][] orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        foreach (int[] order in orders)
        {
            // Axis order[0] is the slowest in memory.
            long[] strides = new long[3];
            long stride = 1;
            foreach (int axis in order.Reverse())
            {
                strides[axis] = stride;
                stride *= extents[axis];
            }

            byte[] lying = new byte[3 + (24 * size)];
            byte[] expected = new byte[24 * size];
            int number = 0;
            for (int i = 0; i < 2; i++)
            {
                for (int j = 0; j < 3; j++)
                {
                    for (int k = 0; k < 4; k++, number++)
                    {
                        int at = (int)((i * strides[0]) + (j * strides[1]) + (k * strides[2]));
                        Put(lying.AsSpan(3 + (at * size), size), number, isBigEndian);
                        Put(expected.AsSpan(number * size, size), number, isBigEndian: false);
                    }
                }
            }

            using var inner = new HeapStorage("test", lying);
            using var storage = new ArrangedStorage(inner, 3, size, extents, strides, isBigEndian);
            byte[] read = new byte[expected.Length - 1];
            storage.Read(1, read);
            Assert.That(read, Is.EqualTo(expected[1..]), string.Join(',', order));
        }
    }

    [Test]
    public void A_single_number_and_a_slice_are_read()
    {
        using var inner = new HeapStorage("test", new byte[] { 1, 2, 3, 4, 5, 6, 7, 8 });
        using var scalar = new ArrangedStorage(inner, 4, 2, [], [], isBigEndian: true);
        byte[] two = new byte[2];
        scalar.Read(0, two);
        Assert.That(two, Is.EqualTo(new byte[] { 6, 5 }));
        using var slice = new ArrangedStorage(inner, 1, 1, [2, 2], [4, 2], isBigEndian: false);
        byte[] four = new byte[4];
        slice.Read(0, four);
        Assert.That(four, Is.EqualTo(new byte[] { 2, 4, 6, 8 }));
    }

    [Test]
    public void What_reaches_out_of_the_storage_is_refused()
    {
        using var inner = new HeapStorage("test", new byte[8]);
        Assert.That(() => new ArrangedStorage(inner, 2, 1, [2, 2], [4, 2], isBigEndian: false), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new ArrangedStorage(inner, 0, 1, [2], [-1], isBigEndian: false), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(ArrangedStorage.CountSpan([3, 2], [long.MaxValue, long.MaxValue]), Is.EqualTo(long.MaxValue));
    }

    private static void Put(Span<byte> bytes, int number, bool isBigEndian)
    {
        Span<byte> all = stackalloc byte[8];
        long value = number * 0x0101_0101_0101_0101;
        if (bytes.Length > 1)
        {
            value = number + 0x1234_5678_9ABC_DE00;
        }

        BinaryPrimitives.WriteInt64LittleEndian(all, value);
        all[..bytes.Length].CopyTo(bytes);
        if (isBigEndian)
        {
            bytes.Reverse();
        }
    }
}
