using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Convoy.Tests.Weights;

/// <summary>NumPy's files by hand.</summary>
internal static class NpyBytes
{
    /// <summary>An array with a header of one's own.</summary>
    public static byte[] Create(string header, byte[] numbers, int version = 1)
    {
        byte[] text = Encoding.UTF8.GetBytes(header);
        byte[] length = new byte[version == 1 ? 2 : 4];
        if (version == 1)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)text.Length);
        }
        else
        {
            BinaryPrimitives.WriteInt32LittleEndian(length, text.Length);
        }

        return [0x93, .. "NUMPY"u8, (byte)version, 0, .. length, .. text, .. numbers];
    }

    /// <summary>An array as NumPy writes it.</summary>
    public static byte[] Create(string descr, bool isFortranOrder, string shape, byte[] numbers) =>
        Create($"{{'descr': '{descr}', 'fortran_order': {isFortranOrder}, 'shape': ({shape}), }}\n", numbers);

    /// <summary>An archive of entries.</summary>
    public static byte[] Zip(CompressionLevel level, params (string Name, byte[] Content)[] entries)
    {
        var file = new MemoryStream();
        using (var archive = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in entries)
            {
                using Stream entry = archive.CreateEntry(name, level).Open();
                entry.Write(content);
            }
        }

        return file.ToArray();
    }
}
