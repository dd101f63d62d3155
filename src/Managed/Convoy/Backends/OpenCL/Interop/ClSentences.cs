namespace Convoy.Backends.OpenCL.Interop;

/// <summary>Why there is no OpenCL device, in one sentence: what is missing, and what to do about it.</summary>
internal static class ClSentences
{
    /// <summary>The sentence; null where there is a device.</summary>
    public static string? Of(ClEnvironment environment) => environment.Verdict switch
    {
        ClVerdict.Ok => null,
        ClVerdict.NoLoader => environment.Loader.Problem ?? "An OpenCL loader was found, but its functions could not be; install another one.",
        ClVerdict.NoDriver => OfNoDriver(environment),
        ClVerdict.NoDevice when environment.Problems is [var problem, ..] =>
            $"An OpenCL driver is there ({Join(environment.Platforms.Select(platform => platform.Name))}), but its device fails to answer: {problem}",
        ClVerdict.NoDevice =>
            $"An OpenCL driver is there ({Join(environment.Platforms.Select(platform => platform.Name))}), but it sees no device; check that the device is present and that this user may open it (on Linux, groups video and render).",
        ClVerdict unknown => throw new InvalidOperationException($"There is no verdict {unknown} on OpenCL."),
    };

    private static string OfNoDriver(ClEnvironment environment)
    {
        if (environment.PassedOver is [var fault, ..])
        {
            return fault.Sentence;
        }

        ClLoaderAttempt loader = environment.Loader.Attempts[^1];
        string begin = $"The OpenCL loader is there ({loader.Path ?? loader.Name}), but ";
        if (environment.Problems is [var problem, ..])
        {
            return $"{begin}its driver fails to answer: {problem}";
        }

        if (environment.Broken.FirstOrDefault() is { } broken)
        {
            return broken.ProblemSentence;
        }

        if (environment.Vendors.Files is { Count: > 0 } registered)
        {
            return $"{begin}none of its drivers gives a platform ({Join(registered.Select(file => file.Library))}); install the device's driver again, or PoCL for the CPU.";
        }

        string places = Join(environment.Vendors.Places.Select(Describe));
        return $"{begin}no driver is registered with it{(places.Length > 0 ? $" in {places}" : "")}; install the device's driver, or PoCL for the CPU.";
    }

    private static string Describe(ClVendorPlace place) =>
        $"{place.Path}{(place.Source is { } variable ? $", which {variable} names" : "")}{(place.Exists ? "" : ", which is not there")}";

    private static string Join(IEnumerable<string> words) => string.Join(", ", words);
}
