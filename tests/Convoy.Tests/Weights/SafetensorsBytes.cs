using System.Buffers.Binary;
using System.Text;

namespace Convoy.Tests.Weights;

/// <summary>Safetensors files put together by hand.</summary>
internal static class SafetensorsBytes
{
    public static byte[] Create(string header, byte[] data) => Create((ulong)Encoding.UTF8.GetByteCount(header), Encoding.UTF8.GetBytes(header), data);

    public static byte[] Create(ulong declared, byte[] header, byte[] data)
    {
        byte[] prefix = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, declared);
        return [.. prefix, .. header, .. data];
    }
}
