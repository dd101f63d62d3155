using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Text.Json.Serialization;
using Convoy.Memory;

namespace Convoy.Profiling;

/// <summary>
/// What a device can do at best, measured: fused multiply-adds from registers, and reading memory far larger
/// than the caches. The two roofs of the roofline model (Williams, Waterman and Patterson, 2009).
/// </summary>
/// <param name="Threads">Threads that were measured together: those asked for, at most one for each processor.</param>
/// <param name="GigaFlopsPerSecond">10^9 single-precision operations a second, all threads together.</param>
/// <param name="GigaBytesPerSecond">10^9 bytes read a second, all threads together.</param>
public sealed record DevicePeaks(
    int Threads,
    [property: JsonPropertyName("gflops_per_second")] double GigaFlopsPerSecond,
    [property: JsonPropertyName("gbytes_per_second")] double GigaBytesPerSecond)
{
    /// <summary>10^9 operations a second in 16-bit numbers; null where the device has none, or it was not measured.</summary>
    [JsonPropertyName("half_gflops_per_second")]
    public double? HalfGigaFlopsPerSecond { get; init; }

    /// <summary>10^9 bytes read a second from the last-level cache, all threads together; null where it was not measured.</summary>
    [JsonPropertyName("cache_gbytes_per_second")]
    public double? CacheGigaBytesPerSecond { get; init; }

    /// <summary>The last-level cache's size; 0 where it is not known.</summary>
    public long CacheBytes { get; init; }

    /// <summary>10^9 bytes a second from the host's memory to the device's; null where the device works in the host's.</summary>
    [JsonPropertyName("upload_gbytes_per_second")]
    public double? UploadGigaBytesPerSecond { get; init; }

    /// <summary>10^9 bytes a second from the device's memory to the host's; null where the device works in the host's.</summary>
    [JsonPropertyName("download_gbytes_per_second")]
    public double? DownloadGigaBytesPerSecond { get; init; }

    /// <summary>What a kernel, or a job of the team of threads, takes that does nothing, in microseconds; null where it was not measured.</summary>
    [JsonPropertyName("launch_us")]
    public double? LaunchMicroseconds { get; init; }

    // Many short rounds: on a machine that does other things too, some of them go undisturbed.
    private const int Rounds = 50;
    private const int Iterations = 500_000;
    private const int TotalBytes = 256 << 20;

    // Enough independent chains to hide the latency of a fused multiply-add on any core, few enough for 16 registers.
    private const int Chains = 12;

    /// <summary>Measures; takes about half a second. The best of many rounds counts, since noise only takes away.</summary>
    public static DevicePeaks Measure(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);

        // More threads than processors would only take turns.
        threads = Math.Min(threads, Environment.ProcessorCount);
        int length = TotalBytes / sizeof(float) / threads;
        int lanes = Vector512.IsHardwareAccelerated ? Vector512<float>.Count : Vector256<float>.Count;
        double flops = 2.0 * Chains * lanes * Iterations * threads;
        using NativeBuffer<float> memory = NativeBuffer<float>.Allocate(length * threads, clear: true);
        double computeSeconds = BestOf(threads, _ => RunMultiplyAdds(Iterations));
        double readSeconds = BestOf(threads, thread => Sum(memory.Memory.Span.Slice(thread * length, length)));
        return new DevicePeaks(threads, flops / computeSeconds / 1e9, (double)length * threads * sizeof(float) / readSeconds / 1e9);
    }

    /// <summary>Independent chains of fused multiply-adds, which stay in registers; returns their sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float RunMultiplyAdds(int iterations) =>
        Vector512.IsHardwareAccelerated
            ? RunMultiplyAdds<Vector512<float>, Arithmetic512>(iterations)
            : RunMultiplyAdds<Vector256<float>, Arithmetic256>(iterations);

    private static double BestOf(int threads, Func<int, float> work)
    {
        double best = double.PositiveInfinity;
        float sink = 0;
        for (int round = 0; round < Rounds; round++)
        {
            best = Math.Min(best, TimeTogether(threads, work, ref sink));
        }

        // Reading the sums keeps the work from being optimised away.
        GC.KeepAlive(sink);
        return best;
    }

    private static double TimeTogether(int threads, Func<int, float> work, ref float sink)
    {
        using var begin = new Barrier(threads + 1);
        float[] sums = new float[threads];
        double[] seconds = new double[threads];
        Thread[] workers = [.. Enumerable.Range(0, threads).Select(index => new Thread(() =>
        {
            begin.SignalAndWait();
            long start = Stopwatch.GetTimestamp();
            sums[index] = work(index);
            seconds[index] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }))];
        Array.ForEach(workers, worker => worker.Start());
        begin.SignalAndWait();
        Array.ForEach(workers, worker => worker.Join());
        sink += sums.Sum();
        return seconds.Max();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float RunMultiplyAdds<TVector, TArithmetic>(int iterations)
        where TArithmetic : IArithmetic<TVector>
    {
        TVector a = TArithmetic.Create(0.999f), b = TArithmetic.Create(1e-3f);
        TVector c0 = a, c1 = a, c2 = a, c3 = a, c4 = a, c5 = a, c6 = a, c7 = a, c8 = a, c9 = a, c10 = a, c11 = a;
        for (int i = 0; i < iterations; i++)
        {
            (c0, c1, c2) = (TArithmetic.MultiplyAdd(c0, a, b), TArithmetic.MultiplyAdd(c1, a, b), TArithmetic.MultiplyAdd(c2, a, b));
            (c3, c4, c5) = (TArithmetic.MultiplyAdd(c3, a, b), TArithmetic.MultiplyAdd(c4, a, b), TArithmetic.MultiplyAdd(c5, a, b));
            (c6, c7, c8) = (TArithmetic.MultiplyAdd(c6, a, b), TArithmetic.MultiplyAdd(c7, a, b), TArithmetic.MultiplyAdd(c8, a, b));
            (c9, c10, c11) = (TArithmetic.MultiplyAdd(c9, a, b), TArithmetic.MultiplyAdd(c10, a, b), TArithmetic.MultiplyAdd(c11, a, b));
        }

        return TArithmetic.Sum(c0) + TArithmetic.Sum(c1) + TArithmetic.Sum(c2) + TArithmetic.Sum(c3) + TArithmetic.Sum(c4) + TArithmetic.Sum(c5)
            + TArithmetic.Sum(c6) + TArithmetic.Sum(c7) + TArithmetic.Sum(c8) + TArithmetic.Sum(c9) + TArithmetic.Sum(c10) + TArithmetic.Sum(c11);
    }

    private static float Sum(ReadOnlySpan<float> part)
    {
        Vector256<float> s0 = default, s1 = default, s2 = default, s3 = default;
        int lanes = Vector256<float>.Count;
        for (int i = 0; i + (4 * lanes) <= part.Length; i += 4 * lanes)
        {
            s0 += Vector256.Create(part[i..]);
            s1 += Vector256.Create(part[(i + lanes)..]);
            s2 += Vector256.Create(part[(i + (2 * lanes))..]);
            s3 += Vector256.Create(part[(i + (3 * lanes))..]);
        }

        return Vector256.Sum(s0 + s1 + s2 + s3);
    }

    /// <summary>What the loop needs of a vector; the two widths have no public type in common.</summary>
    private interface IArithmetic<TVector>
    {
        static abstract TVector Create(float value);

        static abstract TVector MultiplyAdd(TVector a, TVector b, TVector c);

        static abstract float Sum(TVector vector);
    }

    private readonly struct Arithmetic256 : IArithmetic<Vector256<float>>
    {
        public static Vector256<float> Create(float value) => Vector256.Create(value);

        public static Vector256<float> MultiplyAdd(Vector256<float> a, Vector256<float> b, Vector256<float> c) => Vector256.FusedMultiplyAdd(a, b, c);

        public static float Sum(Vector256<float> vector) => Vector256.Sum(vector);
    }

    private readonly struct Arithmetic512 : IArithmetic<Vector512<float>>
    {
        public static Vector512<float> Create(float value) => Vector512.Create(value);

        public static Vector512<float> MultiplyAdd(Vector512<float> a, Vector512<float> b, Vector512<float> c) => Vector512.FusedMultiplyAdd(a, b, c);

        public static float Sum(Vector512<float> vector) => Vector512.Sum(vector);
    }
}
