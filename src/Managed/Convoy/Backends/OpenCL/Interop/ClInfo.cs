using System.Text;

namespace Convoy.Backends.OpenCL.Interop;

/// <summary>A call that reports a fact about an object: its size first, then its value.</summary>
internal unsafe delegate ClStatus ClInfoQuery(nuint capacity, void* value, nuint* size);

/// <summary>Reads the facts that the clGet...Info calls report.</summary>
internal static unsafe class ClInfo
{
    /// <summary>One value of a fixed size.</summary>
    public static T Value<T>(ClInfoQuery query, string operation, string detail)
        where T : unmanaged
    {
        T value = default;
        query((nuint)sizeof(T), &value, null).ThrowIfFailed(operation, detail);
        return value;
    }

    /// <summary>As many values as there are.</summary>
    public static T[] Array<T>(ClInfoQuery query, string operation, string detail)
        where T : unmanaged
    {
        nuint bytes;
        query(0, null, &bytes).ThrowIfFailed(operation, detail);
        var values = new T[(int)bytes / sizeof(T)];
        if (values.Length > 0)
        {
            fixed (T* first = values)
            {
                query((nuint)(values.Length * sizeof(T)), first, null).ThrowIfFailed(operation, detail);
            }
        }

        return values;
    }

    /// <summary>A text, without the zero that ends it and the blanks some drivers pad it with.</summary>
    public static string Text(ClInfoQuery query, string operation, string detail) =>
        Encoding.UTF8.GetString(Array<byte>(query, operation, detail)).TrimEnd('\0').Trim();
}
