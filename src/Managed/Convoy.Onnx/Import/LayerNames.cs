using Convoy.Onnx.Format;

namespace Convoy.Onnx.Import;

/// <summary>What layers are called: as their weights are, where those have such names; else as nodes or their results.</summary>
internal static class LayerNames
{
    private const int Longest = 100;
    private const string WeightSuffix = ".weight";

    /// <summary>The name of a node's layer: that of "features.0.weight" is "features.0", so that weights saved apart from the model fit it.</summary>
    public static string Of(NodeProto node, IReadOnlyDictionary<string, TensorProto> initializers)
    {
        string? weight = node.Input.Skip(1).FirstOrDefault(name =>
            name.EndsWith(WeightSuffix, StringComparison.Ordinal) && name.Length > WeightSuffix.Length && initializers.ContainsKey(name));
        return Tidy(
            weight is not null ? weight[..^WeightSuffix.Length]
            : node.Name.Length > 0 ? node.Name
            : node.Output.FirstOrDefault(name => name.Length > 0) ?? node.OpType);
    }

    /// <summary>A name fit for tables and files: without spaces, and not a page long.</summary>
    public static string Tidy(string name)
    {
        string tidy = string.Concat(name.Take(Longest).Select(c => char.IsControl(c) || char.IsWhiteSpace(c) || char.IsSurrogate(c) ? '_' : c)).Trim('/');
        return tidy.Length > 0 ? tidy : "layer";
    }
}
