using System.Runtime.InteropServices;
using System.Text;

namespace Convoy.Tests.Onnx;

/// <summary>Reads the .npy files of the shared data: little-endian fp32 or fp64, in C order.</summary>
internal static class Npy
{
    public static float[] Read(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        int header = BitConverter.ToUInt16(file, 8);
        string text = Encoding.ASCII.GetString(file, 10, header);
        ReadOnlySpan<byte> data = file.AsSpan(10 + header);
        Assert.That(text, Does.Contain("'fortran_order': False"));
        return text.Contains("'<f8'", StringComparison.Ordinal)
            ? Array.ConvertAll(MemoryMarshal.Cast<byte, double>(data).ToArray(), value => (float)value)
            : MemoryMarshal.Cast<byte, float>(data).ToArray();
    }
}
