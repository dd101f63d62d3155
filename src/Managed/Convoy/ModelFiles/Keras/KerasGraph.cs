using Convoy.Weights.Formats.Keras;

namespace Convoy.ModelFiles.Keras;

/// <summary>One model's layers with what each reads, sequential or functional, each behind those that it reads.</summary>
internal sealed class KerasGraph
{
    /// <summary>What Keras calls layers that do the same to a number wherever it stands.</summary>
    private static readonly HashSet<string> KeepOrder =
        ["Dropout", "GaussianDropout", "GaussianNoise", "AlphaDropout", "ActivityRegularization", "Identity", "ReLU", "LeakyReLU", "ELU"];

    private readonly ILookup<string, KerasLayer> _readers;
    private readonly HashSet<string> _outputs;

    public KerasGraph(KerasConfiguration model, ICollection<string> problems)
    {
        var inputs = new Dictionary<string, ImmutableArray<string>>(StringComparer.Ordinal);
        for (int i = 0; i < model.Layers.Length; i++)
        {
            KerasLayer layer = model.Layers[i];
            if (model.IsSequential)
            {
                inputs.Add(layer.Name, i == 0 ? [] : [model.Layers[i - 1].Name]);
                continue;
            }

            inputs.Add(layer.Name, layer.Nodes.IsEmpty ? [] : layer.Nodes[0]);
            string? problem = layer.Problem ?? (layer.Nodes.Length > 1 ? "is used more than once, which is not supported" : null);
            if (problem is not null)
            {
                problems.Add($"layer {Weights.WeightException.Quote(layer.Name)} {problem}");
            }
        }

        _readers = model.Layers.SelectMany(layer => inputs[layer.Name].Select(input => (input, layer))).ToLookup(pair => pair.input, pair => pair.layer, StringComparer.Ordinal);
        Outputs = !model.IsSequential ? model.Outputs : model.Layers.IsEmpty ? [] : [model.Layers[^1].Name];
        Inputs = !model.IsSequential ? model.Inputs : model.Layers.IsEmpty ? [] : [model.Layers[0].Name];
        _outputs = [.. Outputs];
        Layers = Sort(model.Layers, inputs, problems);
    }

    /// <summary>The layers through which data enters.</summary>
    public ImmutableArray<string> Inputs { get; }

    /// <summary>The layers whose results the model gives.</summary>
    public ImmutableArray<string> Outputs { get; }

    /// <summary>The layers and what they read, in an order in which they can be computed.</summary>
    public ImmutableArray<(KerasLayer Layer, ImmutableArray<string> Inputs)> Layers { get; }

    /// <summary>Whether nothing comes to see the order of a layer's numbers but dense layers, whose weights can be turned.</summary>
    public bool IsReadByDenseAlone(string name)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var left = new Stack<string>([name]);
        while (left.TryPop(out string? next))
        {
            if (_outputs.Contains(next) || !_readers.Contains(next))
            {
                return false;
            }

            foreach (KerasLayer reader in _readers[next].Where(reader => reader.Class != "Dense"))
            {
                bool keepsOrder = KeepOrder.Contains(reader.Class) || reader is { Class: "Activation" } && KerasConfiguration.Text(reader.Settings, "activation") is not (null or "softmax" or "log_softmax");
                if (!keepsOrder)
                {
                    return false;
                }

                if (seen.Add(reader.Name))
                {
                    left.Push(reader.Name);
                }
            }
        }

        return true;
    }

    private ImmutableArray<(KerasLayer Layer, ImmutableArray<string> Inputs)> Sort(
        ImmutableArray<KerasLayer> layers, Dictionary<string, ImmutableArray<string>> inputs, ICollection<string> problems)
    {
        Dictionary<string, int> missing = inputs.ToDictionary(each => each.Key, each => each.Value.Length, StringComparer.Ordinal);
        var ready = new Queue<KerasLayer>(layers.Where(layer => missing[layer.Name] == 0));
        var sorted = ImmutableArray.CreateBuilder<(KerasLayer, ImmutableArray<string>)>();
        while (ready.TryDequeue(out KerasLayer? layer))
        {
            sorted.Add((layer, inputs[layer.Name]));
            foreach (KerasLayer reader in _readers[layer.Name])
            {
                if (--missing[reader.Name] == 0)
                {
                    ready.Enqueue(reader);
                }
            }
        }

        foreach (KerasLayer layer in layers.Where(layer => missing[layer.Name] > 0))
        {
            problems.Add($"layer {Weights.WeightException.Quote(layer.Name)} reads what is not there, or itself in a circle");
        }

        return sorted.ToImmutable();
    }
}
