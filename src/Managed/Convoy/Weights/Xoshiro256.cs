using System.Numerics;
using System.Text;

namespace Convoy.Weights;

/// <summary>
/// The generator xoshiro256** 1.0 (D. Blackman and S. Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS
/// 47, 2021; https://prng.di.unimi.it), seeded through SplitMix64 as its authors advise. SplitMix64 is a counter put
/// through a mixing function, so that any block of a tensor finds its own seed without the blocks before it.
/// </summary>
internal struct Xoshiro256
{
    private const ulong GoldenGamma = 0x9E3779B97F4A7C15;

    private ulong _s0;
    private ulong _s1;
    private ulong _s2;
    private ulong _s3;

    private Xoshiro256(ulong counter)
    {
        _s0 = Mix(counter += GoldenGamma);
        _s1 = Mix(counter += GoldenGamma);
        _s2 = Mix(counter += GoldenGamma);
        _s3 = Mix(counter + GoldenGamma);
    }

    /// <summary>The generator of one block of a tensor: block b starts from outputs 4b to 4b + 3 of the tensor's SplitMix64.</summary>
    public static Xoshiro256 ForBlock(int seed, string tensor, int block)
    {
        ulong origin = Mix((uint)seed + GoldenGamma) ^ Hash(tensor);
        return new Xoshiro256(origin + (4 * (ulong)(uint)block * GoldenGamma));
    }

    /// <summary>64 random bits.</summary>
    public ulong Next()
    {
        ulong result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        ulong t = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    // FNV-1a, 64 bits (G. Fowler, L. Noll and K.-P. Vo), over the name in UTF-8.
    private static ulong Hash(string name)
    {
        ulong hash = 0xCBF29CE484222325;
        foreach (byte b in Encoding.UTF8.GetBytes(name))
        {
            hash = (hash ^ b) * 0x100000001B3;
        }

        return hash;
    }
}
