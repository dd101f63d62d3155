using System.Buffers.Binary;
using System.Numerics;

namespace Convoy.Weights.Formats.PyTorch;

/// <summary>
/// A machine for Python's pickles (https://docs.python.org/3/library/pickletools.html) that knows the instructions tensors are written with and
/// no others, and runs nothing: what a pickle would call is looked up in <see cref="TorchGlobals"/>, and refused by its name if it
/// is not there. Each instruction takes memory in proportion to its own bytes.
/// </summary>
internal sealed class PickleMachine
{
    private readonly PickleReader _bytes;
    private readonly List<object?> _stack = [];
    private readonly Dictionary<uint, object?> _memo = [];
    private readonly ICollection<TorchStorage> _storages;

    private PickleMachine(PickleReader bytes, ICollection<TorchStorage> storages)
    {
        _bytes = bytes;
        _storages = storages;
    }

    /// <summary>Reads one pickle.</summary>
    /// <param name="bytes">Where it begins.</param>
    /// <param name="storages">Gets the storages that it refers to, as often as it does.</param>
    /// <exception cref="FileFaultException">It is malformed, or asks for what is not among the things that tensors are made of.</exception>
    public static object? Read(PickleReader bytes, ICollection<TorchStorage> storages)
    {
        var machine = new PickleMachine(bytes, storages);
        while (machine.Step())
        {
        }

        return machine._stack is [not Mark] ? machine._stack[0] : throw Malformed();
    }

    /// <summary>Does one instruction; false for the last.</summary>
    private bool Step()
    {
        byte instruction = _bytes.ReadByte();
        switch (instruction)
        {
            case 0x80: // PROTO
                byte version = _bytes.ReadByte();
                return version <= 5 ? true : throw new FileFaultException($"its pickle is of version {version}, but none beyond 5 is read");
            case 0x95: // FRAME
                _bytes.ReadUnsigned(sizeof(ulong));
                return true;
            case (byte)'.': // STOP
                return false;
            case (byte)'0': // POP
                Pop();
                return true;
            case (byte)'1': // POP_MARK
                PopToMark();
                return true;
            case (byte)'s': // SETITEM
                object? value = Pop();
                Set([Pop(), value]);
                return true;
            case (byte)'u': // SETITEMS
                Set(PopToMark());
                return true;
            case (byte)'a': // APPEND
                Append([Pop()]);
                return true;
            case (byte)'e': // APPENDS
            case 0x90: // ADDITEMS
                Append(PopToMark());
                return true;
            case (byte)'b': // BUILD
                // What an ordered dictionary has beside its items (_metadata) matters to no tensor.
                Pop();
                return Peek() is PickleDictionary or PickleOpaque ? true : throw Malformed();
            case (byte)'q': // BINPUT
                _memo[_bytes.ReadByte()] = Peek();
                return true;
            case (byte)'r': // LONG_BINPUT
                _memo[(uint)_bytes.ReadUnsigned(sizeof(uint))] = Peek();
                return true;
            case 0x94: // MEMOIZE
                _memo[(uint)_memo.Count] = Peek();
                return true;
            default:
                _stack.Add(Make(instruction));
                return true;
        }
    }

    /// <summary>What an instruction puts on the stack.</summary>
    private object? Make(byte instruction)
    {
        switch (instruction)
        {
            case (byte)'(':
                return Mark.Instance;
            case (byte)'2': // DUP
                return Peek();
            case (byte)'N':
                return null;
            case 0x88: // NEWTRUE
                return true;
            case 0x89: // NEWFALSE
                return false;
            case (byte)'J': // BININT
                return (long)(int)_bytes.ReadUnsigned(sizeof(int));
            case (byte)'K': // BININT1
                return (long)_bytes.ReadByte();
            case (byte)'M': // BININT2
                return (long)_bytes.ReadUnsigned(sizeof(ushort));
            case 0x8A: // LONG1
                return ToInteger(_bytes.ReadBytes(_bytes.ReadByte()));
            case (byte)'G': // BINFLOAT, the one number that is big-endian
                return BitConverter.UInt64BitsToDouble(BinaryPrimitives.ReverseEndianness(_bytes.ReadUnsigned(sizeof(double))));
            case (byte)'X': // BINUNICODE
                return _bytes.ReadText(_bytes.ReadUnsigned(sizeof(uint)));
            case 0x8C: // SHORT_BINUNICODE
                return _bytes.ReadText(_bytes.ReadByte());
            case 0x8D: // BINUNICODE8
                return _bytes.ReadText(_bytes.ReadUnsigned(sizeof(ulong)));
            case (byte)'T': // BINSTRING
                return _bytes.ReadText(_bytes.ReadUnsigned(sizeof(uint)));
            case (byte)'U': // SHORT_BINSTRING
                return _bytes.ReadText(_bytes.ReadByte());
            case (byte)'B': // BINBYTES
                return _bytes.ReadBytes(_bytes.ReadUnsigned(sizeof(uint)));
            case (byte)'C': // SHORT_BINBYTES
                return _bytes.ReadBytes(_bytes.ReadByte());
            case (byte)')': // EMPTY_TUPLE
                return new PickleTuple([]);
            case (byte)'t': // TUPLE
                return new PickleTuple(PopToMark());
            case 0x85 or 0x86 or 0x87: // TUPLE1 to TUPLE3
                return new PickleTuple(PopMany(instruction - 0x84));
            case (byte)']': // EMPTY_LIST
            case 0x8F: // EMPTY_SET
                return new List<object?>();
            case (byte)'}': // EMPTY_DICT
                return new PickleDictionary();
            case (byte)'h': // BINGET
                return Recall(_bytes.ReadByte());
            case (byte)'j': // LONG_BINGET
                return Recall((uint)_bytes.ReadUnsigned(sizeof(uint)));
            case (byte)'c': // GLOBAL
                string module = _bytes.ReadLine();
                return TorchGlobals.Check(new PickleGlobal(module, _bytes.ReadLine()));
            case 0x93: // STACK_GLOBAL
                return PopMany(2) is [string path, string name] ? TorchGlobals.Check(new PickleGlobal(path, name)) : throw Malformed();
            case (byte)'R': // REDUCE
            case 0x81: // NEWOBJ
                return PopMany(2) is [PickleGlobal function, PickleTuple arguments] ? TorchGlobals.Call(function, arguments.Items) : throw Malformed();
            case (byte)'Q': // BINPERSID
                TorchStorage storage = Pop() is PickleTuple id ? TorchGlobals.FindStorage(id.Items) : throw Malformed();
                _storages.Add(storage);
                return storage;
            default:
                throw new FileFaultException(
                    $"its pickle has the instruction 0x{instruction:X2} at byte {_bytes.Position - 1:N0}, which no state_dict() is written with, so it is damaged or holds more than tensors");
        }
    }

    private void Set(object?[] items)
    {
        if (Peek() is not PickleDictionary dictionary || items.Length % 2 != 0)
        {
            throw Malformed();
        }

        for (int i = 0; i < items.Length; i += 2)
        {
            dictionary.Items.Add((items[i], items[i + 1]));
        }
    }

    private void Append(object?[] items)
    {
        if (Peek() is not List<object?> list)
        {
            throw Malformed();
        }

        list.AddRange(items);
    }

    private object? Peek() => _stack.Count > 0 && _stack[^1] is not Mark ? _stack[^1] : throw Malformed();

    private object? Pop()
    {
        object? top = Peek();
        _stack.RemoveAt(_stack.Count - 1);
        return top;
    }

    private object?[] PopMany(int count)
    {
        object?[] items = new object?[count];
        for (int i = count - 1; i >= 0; i--)
        {
            items[i] = Pop();
        }

        return items;
    }

    private object?[] PopToMark()
    {
        int mark = _stack.FindLastIndex(each => each is Mark);
        if (mark < 0)
        {
            throw Malformed();
        }

        object?[] items = [.. _stack.Skip(mark + 1)];
        _stack.RemoveRange(mark, _stack.Count - mark);
        return items;
    }

    private object? Recall(uint index) => _memo.TryGetValue(index, out object? value) ? value : throw Malformed();

    private static object ToInteger(byte[] bytes)
    {
        var value = new BigInteger(bytes);
        return value >= long.MinValue && value <= long.MaxValue ? (long)value : PickleOpaque.Instance;
    }

    private static FileFaultException Malformed() => new("its pickle is malformed, so it is damaged or no file of PyTorch's");

    private sealed class Mark
    {
        public static Mark Instance { get; } = new();
    }
}
