namespace Convoy.Backends;

/// <summary>Instruction sets the C library's micro-kernels are built for.</summary>
public enum InstructionSet
{
    /// <summary>The best this CPU has.</summary>
    Auto = 0,

    /// <summary>Portable C.</summary>
    Scalar = 1,

    /// <summary>x86-64 with AVX2 and FMA.</summary>
    Avx2 = 2,

    /// <summary>x86-64 with AVX-512 F, VL, BW and DQ.</summary>
    Avx512 = 3,

    /// <summary>AArch64 Advanced SIMD.</summary>
    Neon = 4,
}
