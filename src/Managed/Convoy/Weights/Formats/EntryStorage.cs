using System.IO.Compression;
using static Convoy.Weights.WeightException;

namespace Convoy.Weights.Formats;

/// <summary>
/// An entry of a zip archive, unpacked as it is read. Whoever reads on from where the last reading ended unpacks nothing twice; a
/// reading from further in front begins anew. The file that the archive is in stays the caller's.
/// </summary>
internal sealed class EntryStorage(string source, ZipArchiveEntry entry) : WeightStorage(source, entry.Length)
{
    private Stream? _unpacked;
    private long _position;

    /// <summary>Its name in the archive, folders included.</summary>
    public string Name => entry.FullName;

    protected override void ReadSection(long offset, Span<byte> destination)
    {
        // The archive's entries share one stream.
        lock (entry.Archive)
        {
            try
            {
                GoTo(offset);
                _unpacked!.ReadExactly(destination);
                _position += destination.Length;
            }
            catch (Exception e) when (ZipContents.IsDamage(e))
            {
                Close();
                throw new WeightException($"The entry {Quote(Name)} of '{Source}' cannot be unpacked: {e.Message.TrimEnd('.')}; the file is damaged.", e);
            }

            if (_position == Length)
            {
                Close();
            }
        }
    }

    protected override void Release()
    {
        lock (entry.Archive)
        {
            Close();
        }
    }

    private void GoTo(long offset)
    {
        if (_unpacked is null || offset < _position)
        {
            Close();
            _unpacked = entry.Open();
        }

        Span<byte> passedOver = stackalloc byte[4096];
        while (_position < offset)
        {
            int count = (int)Math.Min(offset - _position, passedOver.Length);
            _unpacked.ReadExactly(passedOver[..count]);
            _position += count;
        }
    }

    private void Close()
    {
        _unpacked?.Dispose();
        _unpacked = null;
        _position = 0;
    }
}
