using Convoy.ModelFiles;

namespace Convoy.Cli.Output;

/// <summary>A model's inputs and outputs in words, N standing for the number of images.</summary>
internal static class PortText
{
    /// <summary>All of them by their names: "x (N x 1 x 32 x 32), y (N x 10)".</summary>
    public static string Describe(IEnumerable<ModelPort> ports) => string.Join(", ", ports.Select(port =>
        $"{Terminal.OneLine(port.Name)} ({Describe(port)}{(port.IsChannelsLast ? ", channels last" : "")})"));

    /// <summary>The extents of one: "N x 1 x 32 x 32"; of a single number "1".</summary>
    public static string Describe(ModelPort port)
    {
        IEnumerable<string> extents = port.Extents.Select(extent => $"{extent}");
        string text = string.Join(" x ", port.HasBatch ? extents.Prepend("N") : extents);
        return text.Length > 0 ? text : "1";
    }
}
