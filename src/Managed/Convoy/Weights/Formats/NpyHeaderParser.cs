using System.Globalization;

namespace Convoy.Weights.Formats;

/// <summary>
/// Reads the Python dictionary in a NumPy array's header: the keys 'descr', 'fortran_order' and 'shape', each once, with a text, a
/// truth and a tuple of whole numbers. Anything else that Python would allow is refused.
/// </summary>
internal ref struct NpyHeaderParser
{
    private ReadOnlySpan<char> _rest;

    private NpyHeaderParser(ReadOnlySpan<char> text) => _rest = text;

    /// <summary>Reads a dictionary.</summary>
    /// <exception cref="FileFaultException">It is malformed.</exception>
    public static (NpyType Type, bool IsFortranOrder, ImmutableArray<int> Extents) Parse(string text) => new NpyHeaderParser(text).ReadAll();

    private (NpyType Type, bool IsFortranOrder, ImmutableArray<int> Extents) ReadAll()
    {
        NpyType? type = null;
        bool? isFortranOrder = null;
        ImmutableArray<int> extents = default;
        Expect('{');
        while (!Take('}'))
        {
            string key = ReadText();
            Expect(':');
            switch (key)
            {
                case "descr" when type is null:
                    type = Peek() == '['
                        ? throw new FileFaultException("its elements are records of several fields, which are not read; save each field as an array of its own")
                        : NpyType.Parse(ReadText());
                    break;
                case "fortran_order" when isFortranOrder is null:
                    isFortranOrder = TakeWord("True") || (TakeWord("False") ? false : throw Malformed());
                    break;
                case "shape" when extents.IsDefault:
                    extents = ReadShape();
                    break;
                default:
                    throw Malformed();
            }

            if (!Take(',') && Peek() != '}')
            {
                throw Malformed();
            }
        }

        return _rest.Trim().IsEmpty && type is not null && isFortranOrder is { } order && !extents.IsDefault
            ? (type, order, extents)
            : throw Malformed();
    }

    private ImmutableArray<int> ReadShape()
    {
        var extents = ImmutableArray.CreateBuilder<int>();
        Expect('(');
        while (!Take(')'))
        {
            if (extents.Count == SafetensorsFormat.MaxRank)
            {
                throw new FileFaultException($"it has more than {SafetensorsFormat.MaxRank} extents");
            }

            extents.Add(ReadInteger());
            if (!Take(',') && (Peek() != ')' || extents.Count == 1))
            {
                throw Malformed();
            }
        }

        return extents.ToImmutable();
    }

    private int ReadInteger()
    {
        _rest = _rest.TrimStart();
        int length = _rest.IndexOfAnyExceptInRange('0', '9');
        ReadOnlySpan<char> digits = length < 0 ? _rest : _rest[..length];
        if (digits.IsEmpty)
        {
            throw Malformed();
        }

        _rest = _rest[digits.Length..];

        // Python 2 marked long integers.
        Take('L');
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int extent)
            ? extent
            : throw new FileFaultException($"one of its extents is beyond {int.MaxValue:N0}");
    }

    private string ReadText()
    {
        _rest = _rest.TrimStart();
        if (_rest.IsEmpty || _rest[0] is not ('\'' or '"'))
        {
            throw Malformed();
        }

        int end = _rest[1..].IndexOf(_rest[0]);
        if (end < 0)
        {
            throw Malformed();
        }

        string text = _rest.Slice(1, end).ToString();
        _rest = _rest[(end + 2)..];
        return text;
    }

    private char Peek()
    {
        _rest = _rest.TrimStart();
        return _rest.IsEmpty ? '\0' : _rest[0];
    }

    private bool Take(char c)
    {
        if (Peek() != c)
        {
            return false;
        }

        _rest = _rest[1..];
        return true;
    }

    private bool TakeWord(string word)
    {
        _rest = _rest.TrimStart();
        if (!_rest.StartsWith(word, StringComparison.Ordinal))
        {
            return false;
        }

        _rest = _rest[word.Length..];
        return true;
    }

    private void Expect(char c)
    {
        if (!Take(c))
        {
            throw Malformed();
        }
    }

    private static FileFaultException Malformed() =>
        new("its header is not a dictionary of 'descr', 'fortran_order' and 'shape', so it is damaged or no NumPy array");
}
