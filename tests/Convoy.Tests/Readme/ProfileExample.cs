using Convoy.Models;
using Convoy.Profiling;
using Convoy.Profiling.Pages;

namespace Convoy.Tests.Readme;

/// <summary>The C# of docs/profiling.md, compiled and run: what stands between the markers stands there too.</summary>
internal static class ProfileExample
{
    public static NetworkProfile Run(string folder)
    {
        // example begins
        using WeightSet weights = PretrainedWeights.LeNet5();
        using InferenceSession session = LeNet5.Create().Compile(Device.Native, weights, new SessionOptions { BatchSize = 64 });
        NetworkProfile profile = session.Profile(new float[64 * session.InputShape.Count]);
        foreach (LayerProfile layer in profile.Layers)
        {
            Console.WriteLine($"{layer.Name}: {layer.Milliseconds:F3} ms, {layer.PercentOfPeak:F1} % of the peak, bound by {layer.Limit?.Bound}");
        }

        using FileStream file = File.Create(Path.Combine(folder, "profile.json"));
        ProfileJson.Write(file, profile);
        ProfilePage.Save(Path.Combine(folder, "profile.html"), profile);

        // example ends
        return profile;
    }
}
