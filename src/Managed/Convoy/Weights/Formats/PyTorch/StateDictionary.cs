using System.Globalization;

namespace Convoy.Weights.Formats.PyTorch;

/// <summary>Finds the tensors in what a pickle held, and names them by the keys that lead to them, with dots between.</summary>
internal static class StateDictionary
{
    private const int DeepestNest = 32;

    /// <summary>What checkpoints keep a model's weights under, beside an optimizer's state and other things.</summary>
    private static readonly ImmutableArray<string> Keys = ["state_dict", "model_state_dict", "model_state", "model", "net", "network"];

    /// <summary>Lists the tensors in their order. Those under a key that checkpoints keep weights under go without it.</summary>
    /// <param name="root">What the pickle held.</param>
    /// <param name="own">What a tensor that is all of it is called.</param>
    /// <exception cref="FileFaultException">It is nested too deep, or has too many tensors.</exception>
    public static List<(string Name, TorchTensor Tensor)> Flatten(object? root, string own)
    {
        var tensors = new List<(string, TorchTensor)>();
        var visited = new HashSet<object>(ReferenceEqualityComparer.Instance);
        if (root is TorchTensor tensor)
        {
            return [(own, tensor)];
        }

        if (root is PickleDictionary checkpoint && !checkpoint.Items.Any(item => item.Value is TorchTensor)
            && Keys.FirstOrDefault(key => checkpoint[key] is PickleDictionary) is { } weights)
        {
            Visit(checkpoint[weights], "", DeepestNest);
        }

        Visit(root, "", DeepestNest);
        return tensors;

        // What is met a second time is not listed again: pickles can share, and hold what holds them.
        void Visit(object? value, string prefix, int depth)
        {
            switch (value)
            {
                case PickleDictionary dictionary when Enter(dictionary, depth):
                    foreach ((object? key, object? item) in dictionary.Items)
                    {
                        string? text = key switch
                        {
                            string name => name,
                            long number => number.ToString(CultureInfo.InvariantCulture),
                            _ => null,
                        };
                        if (text is not null)
                        {
                            Add(item, prefix + text, depth);
                        }
                    }

                    break;
                case List<object?> list when Enter(list, depth):
                    VisitAll(list, prefix, depth);
                    break;
                case PickleTuple tuple when Enter(tuple, depth):
                    VisitAll(tuple.Items, prefix, depth);
                    break;
            }
        }

        void VisitAll(IEnumerable<object?> items, string prefix, int depth)
        {
            int index = 0;
            foreach (object? item in items)
            {
                Add(item, string.Create(CultureInfo.InvariantCulture, $"{prefix}{index++}"), depth);
            }
        }

        void Add(object? item, string name, int depth)
        {
            if (item is TorchTensor tensor)
            {
                tensors.Add(tensors.Count < SafetensorsFormat.MaxTensors
                    ? (name, tensor)
                    : throw new FileFaultException($"it has more than {SafetensorsFormat.MaxTensors:N0} tensors, the most that are read"));
            }
            else if (item is PickleDictionary or List<object?> or PickleTuple)
            {
                Visit(item, $"{name}.", depth - 1);
            }
        }

        bool Enter(object container, int depth) => visited.Add(container)
            && (depth > 0 ? true : throw new FileFaultException($"its pickle is nested more than {DeepestNest} deep"));
    }
}
