using System.Runtime.InteropServices;

namespace Convoy.Onnx.Import;

/// <summary>One number over and over, without memory for it: models whose weights nobody cares for have such.</summary>
internal sealed class FilledStorage(string source, long length, float value) : WeightStorage(source, length)
{
    protected override void ReadSection(long offset, Span<byte> destination)
    {
        byte[] number = BitConverter.GetBytes(value);
        if (offset % sizeof(float) == 0 && destination.Length % sizeof(float) == 0)
        {
            MemoryMarshal.Cast<byte, float>(destination).Fill(value);
            return;
        }

        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = number[(int)((offset + i) % sizeof(float))];
        }
    }

    protected override void Release()
    {
    }
}
