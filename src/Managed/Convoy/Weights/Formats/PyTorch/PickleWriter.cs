using System.Buffers;
using System.Text;

namespace Convoy.Weights.Formats.PyTorch;

/// <summary>
/// Writes the pickle of a dictionary of tensors as torch.save does (Python's pickletools, protocol 2): each is a call that builds
/// a tensor out of a storage, which the pickle names and which lies beside it.
/// </summary>
internal sealed class PickleWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>The pickle of so many tensors, whose storages are named 0, 1 and so on.</summary>
    /// <param name="tensors">Each tensor's name, extents and type.</param>
    public static byte[] Write(IEnumerable<(string Name, Shape Shape, TorchType Type)> tensors)
    {
        var writer = new PickleWriter();
        writer._bytes.Write<byte>([0x80, 2]);
        writer.EmptyDictionary();
        writer.Operation('(');
        int key = 0;
        foreach ((string name, Shape shape, TorchType type) in tensors)
        {
            writer.Text(name);
            writer.Tensor(shape, type, key++);
        }

        writer.Operation('u');
        writer.Operation('.');
        return writer._bytes.WrittenSpan.ToArray();
    }

    private void Tensor(Shape shape, TorchType type, int key)
    {
        int[] extents = [.. shape.Extents];
        Global("torch._utils", "_rebuild_tensor_v2");
        Operation('(');
        Storage(type, key, shape.Count);
        Number(0);
        Tuple(extents.Select(extent => (long)extent));
        Tuple(ArrangedStorage.RowMajor(extents));

        // It wants no gradients, and has no hooks.
        _bytes.Write<byte>([0x89]);
        EmptyDictionary();
        Operation('t');
        Operation('R');
    }

    private void Storage(TorchType type, int key, long count)
    {
        Operation('(');
        Text("storage");
        Global("torch", type.StorageName);
        Text($"{key}");
        Text("cpu");
        Number(count);
        Operation('t');
        Operation('Q');
    }

    private void EmptyDictionary()
    {
        Global("collections", "OrderedDict");
        Operation(')');
        Operation('R');
    }

    private void Tuple(IEnumerable<long> numbers)
    {
        Operation('(');
        foreach (long number in numbers)
        {
            Number(number);
        }

        Operation('t');
    }

    private void Global(string module, string name) => _bytes.Write(Encoding.UTF8.GetBytes($"c{module}\n{name}\n"));

    private void Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Operation('X');
        _bytes.Write(BitConverter.GetBytes(bytes.Length));
        _bytes.Write(bytes);
    }

    /// <summary>A tensor takes 2 GiB at most: its numbers count with 32 bits.</summary>
    private void Number(long number)
    {
        Operation('J');
        _bytes.Write(BitConverter.GetBytes(checked((int)number)));
    }

    private void Operation(char code) => _bytes.Write<byte>([(byte)code]);
}
