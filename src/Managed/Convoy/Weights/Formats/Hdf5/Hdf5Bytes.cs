using static Convoy.Weights.WeightException;

namespace Convoy.Weights.Formats.Hdf5;

/// <summary>
/// The bytes of an HDF5 file, read as its structures refer to them. However these are linked, a file is read no more than a few
/// times over: structures in circles, or one that thousands share, come to an end.
/// </summary>
internal sealed class Hdf5Bytes(WeightStorage storage, long baseAddress)
{
    /// <summary>An address that stands for none.</summary>
    public const ulong Nowhere = ulong.MaxValue;

    private const long ReadAlways = 1 << 20;
    private const int TimesOver = 8;
    private const int Trouble = 16;

    /// <summary>How much larger than a file its numbers may be: weights hardly compress.</summary>
    public const int MostRatio = 16;

    /// <summary>What numbers may take whatever the file: few may well be all alike.</summary>
    public const int SmallData = 1 << 20;

    private long _leftForData = SmallData + (MostRatio * storage.Length);
    private long _left = ReadAlways + (TimesOver * storage.Length);

    /// <summary>The whole file, from which the base address counts.</summary>
    public WeightStorage Storage { get; } = storage;

    /// <summary>Reads one structure.</summary>
    /// <param name="address">Where it is, counted from the base.</param>
    /// <param name="length">How many bytes it has.</param>
    /// <param name="what">What it is, in a sentence.</param>
    public byte[] Read(ulong address, ulong length, string what)
    {
        long offset = Locate(address, length, what);
        Charge((long)length);
        byte[] bytes = new byte[length];
        Storage.Read(offset, bytes);
        return bytes;
    }

    /// <summary>Counts so many bytes, and the trouble of getting at them, among those that may be read.</summary>
    public void Charge(long length)
    {
        _left -= Math.Min(length, long.MaxValue - Trouble) + Trouble;
        if (_left < 0)
        {
            throw Fault("its structures refer to one another without end, so it is damaged");
        }
    }

    /// <summary>Counts the bytes of a dataset: all of them together are not much more than what weights of the file's size could be packed in.</summary>
    public void ChargeDataset(int length)
    {
        _leftForData -= length;
        if (_leftForData < 0)
        {
            throw Fault($"its datasets together are larger than {Storage.Length:N0} bytes of file could hold, so it is damaged");
        }
    }

    /// <summary>Where in the file a range is that must lie within it.</summary>
    public long Locate(ulong address, ulong length, string what)
    {
        ulong room = (ulong)(Storage.Length - baseAddress);
        return address <= room && length <= room - address
            ? baseAddress + (long)address
            : throw Fault($"{what} reaches behind the end of the file, so it was cut short or is damaged");
    }

    /// <summary>The error for a file that says what cannot be.</summary>
    public WeightException Fault(string problem, Exception? cause = null) => Unreadable(Storage.Source, problem, cause);
}
