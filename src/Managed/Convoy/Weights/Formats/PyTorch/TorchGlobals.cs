using static Convoy.Weights.WeightException;

namespace Convoy.Weights.Formats.PyTorch;

/// <summary>
/// The functions and classes that the pickles of tensors name (torch/_utils.py, torch/serialization.py), and what stands for their results
/// here. Nothing else that a pickle names is looked at, and none of these runs Python.
/// </summary>
internal static class TorchGlobals
{
    /// <summary>What is allowed and matters to no tensor: whatever it makes is opaque.</summary>
    private static readonly HashSet<string> Opaque =
    [
        "torch.device", "numpy.dtype", "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar", "_codecs.encode", "collections.Counter",
        "builtins.set", "__builtin__.set",
    ];

    private static readonly HashSet<string> Functions =
    [
        "collections.OrderedDict", "torch.Size", "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor_v3",
        "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state",
    ];

    /// <summary>Lets a name pass that is on the list.</summary>
    /// <exception cref="FileFaultException">It is not.</exception>
    public static PickleGlobal Check(PickleGlobal global)
    {
        string name = global.ToString();
        bool isKnown = Functions.Contains(name) || Opaque.Contains(name) || FindStorageType(global) is not null
            || (global.Module == "torch" && TorchType.OfName(global.Name) is not null);
        return isKnown
            ? global
            : throw new FileFaultException(
                $"its pickle names {Quote(name)}, which tensors are not made of, and of which nothing is run; save the model's state_dict() alone with torch.save");
    }

    /// <summary>What a function on the list makes of its arguments.</summary>
    /// <exception cref="FileFaultException">The arguments are not such as it takes.</exception>
    public static object? Call(PickleGlobal function, object?[] arguments) => (function.ToString(), arguments) switch
    {
        ("collections.OrderedDict", []) => new PickleDictionary(),
        ("collections.OrderedDict", [List<object?> pairs]) => ToDictionary(pairs),
        ("torch.Size", [PickleTuple extents]) => extents,
        ("torch._utils._rebuild_tensor" or "torch._utils._rebuild_tensor_v2", [TorchStorage storage, long offset, PickleTuple extents, PickleTuple strides, ..]) =>
            new TorchTensor(storage, storage.Type, offset, ToNumbers(extents), ToNumbers(strides)),
        ("torch._utils._rebuild_tensor_v3", [TorchStorage storage, long offset, PickleTuple extents, PickleTuple strides, _, _, PickleGlobal type, ..])
            when TorchType.OfName(type.Name) is { } own => new TorchTensor(storage, own, offset, ToNumbers(extents), ToNumbers(strides)),
        ("torch._utils._rebuild_parameter" or "torch._utils._rebuild_parameter_with_state", [TorchTensor tensor, ..]) => tensor,
        _ when Opaque.Contains(function.ToString()) => PickleOpaque.Instance,
        _ => throw new FileFaultException($"its pickle calls {Quote(function.ToString())} with arguments that it does not take, so it is damaged"),
    };

    /// <summary>A storage by its persistent id: ("storage", type, key, where it was, how many numbers, and older ones a view or None).</summary>
    /// <exception cref="FileFaultException">It is none.</exception>
    public static TorchStorage FindStorage(object?[] id)
    {
        if (id is not ["storage", PickleGlobal global, string key, string or null, long and >= 0, ..] || FindStorageType(global) is not { } type)
        {
            throw new FileFaultException("its pickle refers to something that is no storage of numbers, so it is damaged");
        }

        long count = (long)id[4]!;
        return id.Length == 5 || id[5] is null
            ? new TorchStorage(key, type, count, 0)
            : throw new FileFaultException("its storages are views of one another, as PyTorch wrote them before version 0.4; load it with a newer PyTorch, and save it again");
    }

    private static TorchType? FindStorageType(PickleGlobal global) =>
        global.Module is "torch" or "torch.cuda" or "torch.storage" ? TorchType.OfStorage(global.Name) : null;

    private static PickleDictionary ToDictionary(List<object?> pairs)
    {
        var dictionary = new PickleDictionary();
        foreach (object? pair in pairs)
        {
            dictionary.Items.Add(pair switch
            {
                PickleTuple { Items: [var key, var value] } => (key, value),
                List<object?> { Count: 2 } list => (list[0], list[1]),
                _ => throw new FileFaultException("a dictionary of its pickle has items that are no pairs, so it is damaged"),
            });
        }

        return dictionary;
    }

    private static ImmutableArray<long> ToNumbers(PickleTuple tuple) =>
    [
        .. tuple.Items.Select(item => item is long number and >= 0
            ? number
            : throw new FileFaultException("an extent or a stride of a tensor is no whole number, or a negative one")),
    ];
}
