using System.Buffers.Binary;

namespace Convoy.Tests.Weights;

public class ElementConversionTests
{
    [Test]
    public void Every_short_number_widens_exactly([Values(ElementType.Float16, ElementType.BFloat16)] ElementType type, [Values(0, 1)] int misalignment)
    {
        float[] widened = WidenEveryPattern(type, misalignment);
        for (int bits = 0; bits <= ushort.MaxValue; bits++)
        {
            CheckWidened(widened[bits], ValueOf(bits, fractionBits: type == ElementType.Float16 ? 10 : 7), bits);
        }
    }

    [TestCase(ElementType.Float16)]
    [TestCase(ElementType.BFloat16)]
    public void Widening_keeps_the_payload_of_every_nan(ElementType type)
    {
        int fractionBits = type == ElementType.Float16 ? 10 : 7;
        float[] widened = WidenEveryPattern(type, misalignment: 0);
        for (int fraction = 1; fraction < 1 << fractionBits; fraction++)
        {
            int bits = (0x7FFF >> fractionBits << fractionBits) | fraction;
            Assert.That(BitConverter.SingleToInt32Bits(widened[bits]) & 0x7FFFFF, Is.EqualTo(fraction << (23 - fractionBits)), $"0x{bits:X4}");
        }
    }

    [TestCase(ElementType.Float16)]
    [TestCase(ElementType.BFloat16)]
    public void Many_numbers_narrow_as_each_alone(ElementType type)
    {
        var random = new Random(5);
        float[] values = [.. Enumerable.Range(0, 10_003).Select(_ => BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue)))];
        byte[] narrowed = new byte[2 * values.Length];
        ElementConversion.FromSingle(values, type, narrowed);
        for (int i = 0; i < values.Length; i++)
        {
            Assert.That(BinaryPrimitives.ReadUInt16LittleEndian(narrowed.AsSpan(2 * i)), Is.EqualTo(Narrow(values[i], type)), $"{values[i]:R}");
        }
    }

    // One, and halfway to its neighbour: the even one wins; a bit more goes up. Then the ends of the range.
    [TestCase(1f, 0x3C00)]
    [TestCase(-0f, 0x8000)]
    [TestCase(1f + (1f / 2048), 0x3C00)]
    [TestCase(1f + (3f / 2048), 0x3C02)]
    [TestCase(1f + (1f / 2048) + (1f / (1 << 22)), 0x3C01)]
    [TestCase(65504f, 0x7BFF)]
    [TestCase(65519.996f, 0x7BFF)]
    [TestCase(65520f, 0x7C00)]
    [TestCase(-1e30f, 0xFC00)]
    [TestCase(float.NegativeInfinity, 0xFC00)]
    [TestCase(5.9604645E-08f, 0x0001)]
    [TestCase(2.9802322E-08f, 0x0000)]
    [TestCase(2.9802326E-08f, 0x0001)]
    [TestCase(8.940697E-08f, 0x0002)]
    [TestCase(6.097555E-05f, 0x03FF)]
    [TestCase(6.1005353E-05f, 0x0400)]
    public void A_half_is_rounded_to_the_nearest_even(float value, int expected) =>
        Assert.That(Narrow(value, ElementType.Float16), Is.EqualTo(expected));

    [TestCase(0x3F800000u, 0x3F80)]
    [TestCase(0x3F807FFFu, 0x3F80)]
    [TestCase(0x3F808000u, 0x3F80)]
    [TestCase(0x3F808001u, 0x3F81)]
    [TestCase(0x3F818000u, 0x3F82)]
    [TestCase(0xBF818000u, 0xBF82)]
    [TestCase(0x80000000u, 0x8000)]
    [TestCase(0x7F7FFFFFu, 0x7F80)]
    [TestCase(0x7F800000u, 0x7F80)]
    [TestCase(0xFF800000u, 0xFF80)]
    [TestCase(0x00008000u, 0x0000)]
    [TestCase(0x00008001u, 0x0001)]
    [TestCase(0x00018000u, 0x0002)]
    [TestCase(0x007FFFFFu, 0x0080)]
    public void A_bfloat16_is_rounded_to_the_nearest_even(uint bits, int expected) =>
        Assert.That(Narrow(BitConverter.UInt32BitsToSingle(bits), ElementType.BFloat16), Is.EqualTo(expected));

    // The last is a NaN whose payload lies in the bits that are cut off.
    [TestCase(0x7FC00000u)]
    [TestCase(0xFFFFFFFFu)]
    [TestCase(0x7F800001u)]
    public void A_nan_stays_a_nan(uint bits)
    {
        float nan = BitConverter.UInt32BitsToSingle(bits);
        int half = Narrow(nan, ElementType.Float16);
        int brain = Narrow(nan, ElementType.BFloat16);
        Assert.That(half & 0x7FFF, Is.GreaterThan(0x7C00));
        Assert.That(brain & 0x7FFF, Is.GreaterThan(0x7F80));
    }

    private static float[] WidenEveryPattern(ElementType type, int misalignment)
    {
        // One more than a whole number of vectors, so that the tail is reached too.
        int count = ushort.MaxValue + 2;
        byte[] bytes = new byte[(2 * count) + misalignment];
        for (int i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(misalignment + (2 * i)), (ushort)i);
        }

        float[] widened = new float[count];
        ElementConversion.ToSingle(bytes.AsSpan(misalignment), type, widened);
        return widened;
    }

    // IEEE 754, section 3.4: sign, exponent, fraction.
    private static double ValueOf(int bits, int fractionBits)
    {
        int exponentBits = 15 - fractionBits;
        int largestExponent = (1 << exponentBits) - 1;
        int bias = largestExponent / 2;
        int exponent = (bits >> fractionBits) & largestExponent;
        double fraction = (bits & ((1 << fractionBits) - 1)) / (double)(1 << fractionBits);
        double magnitude = exponent == 0 ? fraction * Math.Pow(2, 1 - bias)
            : exponent < largestExponent ? (1 + fraction) * Math.Pow(2, exponent - bias)
            : fraction == 0 ? double.PositiveInfinity : double.NaN;
        return (bits & 0x8000) != 0 ? -magnitude : magnitude;
    }

    private static void CheckWidened(float actual, double expected, int bits)
    {
        long actualBits = BitConverter.DoubleToInt64Bits(actual);
        if (double.IsNaN(expected) ? !float.IsNaN(actual) : actualBits != BitConverter.DoubleToInt64Bits(expected))
        {
            Assert.Fail($"0x{bits:X4} became {actual:R}, but is {expected:R}.");
        }
    }

    private static int Narrow(float value, ElementType type)
    {
        byte[] bytes = new byte[2];
        ElementConversion.FromSingle([value], type, bytes);
        return BinaryPrimitives.ReadUInt16LittleEndian(bytes);
    }
}
