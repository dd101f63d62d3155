using System.Diagnostics.CodeAnalysis;
using Convoy.Graph;

namespace Convoy.Models;

/// <summary>The networks Convoy knows by name.</summary>
public static class ModelCatalog
{
    private static readonly Dictionary<string, Func<Network>> Models = new(StringComparer.OrdinalIgnoreCase)
    {
        ["alexnet"] = () => AlexNet.Create(),
        ["lenet5"] = () => LeNet5.Create(),
    };

    /// <summary>The names, in alphabetical order.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Models.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Builds the network of a name, in upper or lower case.</summary>
    public static bool TryCreate(string name, [NotNullWhen(true)] out Network? network)
    {
        network = Models.TryGetValue(name, out Func<Network>? create) ? create() : null;
        return network is not null;
    }
}
