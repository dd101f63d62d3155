namespace Convoy.Weights.Formats.Hdf5;

/// <summary>
/// Reads HDF5 files, as far as h5py writes them by default, so that Keras' weights are found in them (The HDF Group, "HDF5 File
/// Format Specification Version 3.0"). Nothing a file says is believed: every range is checked, nothing recurses, and no more
/// is read than a few times the file. PureHDF reads more kinds, but on damaged files allocates gigabytes or does not end, and
/// code that is compiled ahead of time has no room for its reflection.
/// </summary>
internal sealed class Hdf5File
{
    private const int FirstUserBlock = 512;

    private Hdf5File(Hdf5Object root) => Root = root;

    /// <summary>The group that has all others.</summary>
    public Hdf5Object Root { get; }

    /// <summary>What every file begins with.</summary>
    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'H', (byte)'D', (byte)'F', (byte)'\r', (byte)'\n', 0x1A, (byte)'\n'];

    /// <summary>Whether bytes have the signature where it may be (II.A): at 0, or behind a block of the user's of 512 bytes doubled any number of times.</summary>
    public static bool Recognizes(ReadOnlySpan<byte> start) => FindSuperblock(start) is not null;

    /// <summary>Reads the superblock, in which the root is.</summary>
    /// <exception cref="WeightException">It is malformed.</exception>
    public static Hdf5File Open(WeightStorage storage)
    {
        byte[] start = new byte[Math.Min(storage.Length, WeightFormats.StartLength)];
        storage.Read(0, start);
        int at = FindSuperblock(start) ?? throw WeightException.Unreadable(storage.Source, "it is no HDF5 file");
        var file = new Hdf5Bytes(storage, at);
        return new Hdf5File(Hdf5Object.Read(file, FindRoot(file, start.AsSpan(at)), "/"));
    }

    private static int? FindSuperblock(ReadOnlySpan<byte> start)
    {
        for (int at = 0; at < start.Length; at = Math.Max(FirstUserBlock, 2 * at))
        {
            if (start[at..].StartsWith(Signature))
            {
                return at;
            }
        }

        return null;
    }

    private static ulong FindRoot(Hdf5Bytes file, ReadOnlySpan<byte> start)
    {
        var fields = new Hdf5Cursor(file, start, "its superblock");
        fields.Expect(Signature);
        int version = fields.Byte();
        if (version > 3)
        {
            throw file.Fault($"its superblock has the version {version}, but only 0 to 3 are read");
        }

        bool isOld = version < 2;
        fields.Skip(isOld ? 4 : 0);
        (int offsets, int lengths) = (fields.Byte(), fields.Byte());
        if (offsets != sizeof(ulong) || lengths != sizeof(ulong))
        {
            throw file.Fault($"its addresses have {offsets} bytes and its lengths {lengths}, but only those of 8 are read");
        }

        // Of an older one: the sizes of trees, and flags. Then the base, and what here is free space and there an extension.
        fields.Skip(isOld ? (version == 1 ? 13 : 9) : 1);
        fields.Skip(2 * sizeof(ulong));
        ulong end = fields.UInt64();
        if (end > (ulong)file.Storage.Length)
        {
            throw file.Fault($"it has {file.Storage.Length:N0} bytes of {end:N0}, so it was cut short or is damaged");
        }

        fields.Skip(isOld ? 2 * sizeof(ulong) : 0);
        return fields.UInt64();
    }
}
