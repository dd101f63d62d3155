namespace Convoy.Tests.Fuzzing;

/// <summary>A loop of random cases, as the others see it that share its time.</summary>
public interface IFuzzLoop
{
    /// <summary>How much of the time it takes, relative to the others.</summary>
    double Weight { get; }
}

/// <summary>How the loops share the time.</summary>
internal static class FuzzShares
{
    private static readonly Lazy<double> Total = new(() => typeof(IFuzzLoop).Assembly.GetTypes()
        .Where(type => type.IsAssignableTo(typeof(IFuzzLoop)) && !type.IsAbstract)
        .Sum(type => ((IFuzzLoop)Activator.CreateInstance(type)!).Weight));

    /// <summary>A loop's part of the time.</summary>
    public static double Of(IFuzzLoop loop) => FuzzSettings.IsOneLoop ? 1 : loop.Weight / Total.Value;
}
