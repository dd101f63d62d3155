namespace Convoy.Weights.Formats.Hdf5;

/// <summary>
/// Writes HDF5 files of groups, datasets in one piece and attributes of texts (The HDF Group, "HDF5 File Format Specification Version
/// 3.0"), as every reader since HDF5 1.8 knows them: a superblock of version 0, all headers, then all numbers. PureHDF would write
/// more, but by reflection, for which code that is compiled ahead of time has no room.
/// </summary>
internal static class Hdf5Writer
{
    private const int SuperblockLength = 96;
    private const int Alignment = 8;

    /// <summary>Writes a file.</summary>
    /// <param name="destination">The file, empty; it need not be able to seek.</param>
    /// <param name="root">What is in it.</param>
    /// <exception cref="WeightException">It is more than there is room for.</exception>
    public static void Write(Stream destination, Hdf5GroupDraft root)
    {
        List<Hdf5Draft> objects = List(root);
        Hdf5DatasetDraft[] datasets = [.. objects.OfType<Hdf5DatasetDraft>()];
        var headers = new Dictionary<Hdf5Draft, long>();
        long end = SuperblockLength;
        foreach (Hdf5Draft each in objects)
        {
            // A header's length does not depend on where things are.
            headers.Add(each, end);
            end += Hdf5Header.Make(each, _ => 0).Length;
        }

        var data = new Dictionary<Hdf5Draft, long>();
        foreach (Hdf5DatasetDraft each in datasets)
        {
            data.Add(each, end);
            end += each.ByteCount + CountFill(each);
        }

        destination.Write(MakeSuperblock(headers[root], end));
        foreach (Hdf5Draft each in objects)
        {
            destination.Write(Hdf5Header.Make(each, referred => (referred == each ? data : headers)[referred]));
        }

        Span<byte> zeros = stackalloc byte[Alignment];
        zeros.Clear();
        foreach (Hdf5DatasetDraft each in datasets)
        {
            each.WriteTo(destination);
            destination.Write(zeros[..CountFill(each)]);
        }
    }

    private static int CountFill(Hdf5DatasetDraft dataset) => (int)(-dataset.ByteCount & (Alignment - 1));

    /// <summary>All objects, each behind the group that it is in; the names that lead to one may be many.</summary>
    private static List<Hdf5Draft> List(Hdf5GroupDraft root)
    {
        var objects = new List<Hdf5Draft> { root };
        for (int i = 0; i < objects.Count; i++)
        {
            if (objects[i] is Hdf5GroupDraft group)
            {
                objects.AddRange(group.Members.Select(each => each.Member));
            }
        }

        return objects;
    }

    /// <summary>II.A, version 0; the widths of trees are those that HDF5 takes by itself, though there is none.</summary>
    private static byte[] MakeSuperblock(long root, long end)
    {
        var fields = new Hdf5Fields();
        fields.Bytes(Hdf5File.Signature);
        fields.Bytes(0, 0, 0, 0, 0, sizeof(ulong), sizeof(ulong), 0);
        fields.UInt16(4);
        fields.UInt16(16);
        fields.UInt32(0);
        fields.UInt64(0);
        fields.UInt64(Hdf5Bytes.Nowhere);
        fields.UInt64((ulong)end);
        fields.UInt64(Hdf5Bytes.Nowhere);

        // The root: where its name would be, where its header is, and nothing of it here.
        fields.UInt64(0);
        fields.UInt64((ulong)root);
        fields.UInt64(0);
        fields.UInt64(0);
        fields.UInt64(0);
        return [.. fields.Written];
    }
}
