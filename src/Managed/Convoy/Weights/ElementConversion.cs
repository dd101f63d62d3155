using System.Buffers.Binary;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Convoy.Weights;

/// <summary>
/// Converts between fp32 and the other floating-point types, whose bytes may lie at any alignment. Widening is exact, subnormal
/// numbers and the payloads of NaNs included; narrowing rounds to the nearest, ties to even (IEEE 754, section 4.3.1), and what is
/// beyond the shorter type's range becomes infinite. fp16 is
/// widened with integer shifts and one subtraction of normal numbers, so that a thread that flushes subnormals to zero gets
/// the same result (F. Giesen, "Half to float done quic(k)", 2012); the base library's conversion makes signalling NaNs quiet.
/// </summary>
internal static class ElementConversion
{
    private const uint HalfExponent = 0x7C00u << 13;
    private const uint Rebias = (127u - 15u) << 23;
    private const uint OneExponentStep = 1u << 23;
    private const uint SmallestNormalHalf = (127u - 14u) << 23;

    /// <summary>Widens all elements, or rounds those of fp64. The source holds exactly as many as the destination.</summary>
    public static void ToSingle(ReadOnlySpan<byte> source, ElementType type, Span<float> destination)
    {
        switch (type)
        {
            case ElementType.Float32:
                source.CopyTo(MemoryMarshal.AsBytes(destination));
                break;
            case ElementType.Float16:
                Widen(source, destination, isHalf: true);
                break;
            case ElementType.BFloat16:
                Widen(source, destination, isHalf: false);
                break;
            case ElementType.Float64:
                for (int i = 0; i < destination.Length; i++)
                {
                    destination[i] = (float)BinaryPrimitives.ReadDoubleLittleEndian(source[(8 * i)..]);
                }

                break;
            default:
                throw NoFloat(type);
        }
    }

    /// <summary>Narrows all elements, or widens them to fp64. The destination holds at least as many as the source.</summary>
    public static void FromSingle(ReadOnlySpan<float> source, ElementType type, Span<byte> destination)
    {
        switch (type)
        {
            case ElementType.Float32:
                MemoryMarshal.AsBytes(source).CopyTo(destination);
                break;
            case ElementType.Float16:
                TensorPrimitives.ConvertToHalf(source, MemoryMarshal.Cast<byte, Half>(destination));
                break;
            case ElementType.BFloat16:
                for (int i = 0; i < source.Length; i++)
                {
                    BinaryPrimitives.WriteUInt16LittleEndian(destination[(2 * i)..], ToBFloat16(source[i]));
                }

                break;
            case ElementType.Float64:
                for (int i = 0; i < source.Length; i++)
                {
                    BinaryPrimitives.WriteDoubleLittleEndian(destination[(8 * i)..], source[i]);
                }

                break;
            default:
                throw NoFloat(type);
        }
    }

    private static ArgumentOutOfRangeException NoFloat(ElementType type) =>
        new(nameof(type), type, "There is no such floating-point type.");

    private static void Widen(ReadOnlySpan<byte> source, Span<float> destination, bool isHalf)
    {
        int done = 0;
        for (; done <= destination.Length - Vector<ushort>.Count; done += Vector<ushort>.Count)
        {
            Vector<ushort> bits = Vector.AsVectorUInt16(new Vector<byte>(source[(2 * done)..]));
            Vector.Widen(bits, out Vector<uint> low, out Vector<uint> high);
            (isHalf ? HalfToSingle(low) : BFloat16ToSingle(low)).CopyTo(destination[done..]);
            (isHalf ? HalfToSingle(high) : BFloat16ToSingle(high)).CopyTo(destination[(done + Vector<uint>.Count)..]);
        }

        for (; done < destination.Length; done++)
        {
            var bits = new Vector<uint>(BinaryPrimitives.ReadUInt16LittleEndian(source[(2 * done)..]));
            destination[done] = (isHalf ? HalfToSingle(bits) : BFloat16ToSingle(bits))[0];
        }
    }

    private static Vector<float> BFloat16ToSingle(Vector<uint> bits) => Vector.AsVectorSingle(bits << 16);

    private static Vector<float> HalfToSingle(Vector<uint> bits)
    {
        Vector<uint> sign = (bits & new Vector<uint>(0x8000u)) << 16;
        Vector<uint> magnitude = (bits & new Vector<uint>(0x7FFFu)) << 13;
        Vector<uint> exponent = magnitude & new Vector<uint>(HalfExponent);
        Vector<uint> normal = magnitude + new Vector<uint>(Rebias);

        // Infinity and NaN: the exponent is all ones in the wider type too.
        Vector<uint> special = normal + new Vector<uint>(Rebias);

        // A subnormal f * 2^-24 becomes (2^-14 + f * 2^-24) - 2^-14, which the subtraction normalises.
        Vector<float> shifted = Vector.AsVectorSingle(normal + new Vector<uint>(OneExponentStep));
        Vector<uint> subnormal = Vector.AsVectorUInt32(shifted - Vector.AsVectorSingle(new Vector<uint>(SmallestNormalHalf)));

        Vector<uint> result = Vector.ConditionalSelect(Vector.Equals(exponent, Vector<uint>.Zero), subnormal, normal);
        result = Vector.ConditionalSelect(Vector.Equals(exponent, new Vector<uint>(HalfExponent)), special, result);
        return Vector.AsVectorSingle(result | sign);
    }

    private static ushort ToBFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        if (float.IsNaN(value))
        {
            // The fraction's highest bit keeps a NaN whose payload is cut off from becoming an infinity.
            return (ushort)((bits >> 16) | 0x0040u);
        }

        uint half = 0x7FFFu + ((bits >> 16) & 1u);
        return (ushort)((bits + half) >> 16);
    }
}
