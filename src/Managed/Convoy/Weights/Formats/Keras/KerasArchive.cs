using System.IO.Compression;
using System.Text.Json;

namespace Convoy.Weights.Formats.Keras;

/// <summary>A whole model as Keras 3 saves it: a zip archive of its metadata and configuration in JSON, and its weights in HDF5.</summary>
internal sealed class KerasArchive
{
    private const string Weights = "model.weights.h5";
    private const string Configuration = "config.json";
    private const string Metadata = "metadata.json";
    private const int MostRatio = 16;
    private const int SmallEntry = 1 << 20;

    private readonly WeightStorage _file;
    private readonly ZipArchive _archive;

    private KerasArchive(WeightStorage file, ZipArchive archive) => (_file, _archive) = (file, archive);

    /// <summary>Whether a zip archive's first entry is one of these.</summary>
    public static bool Recognizes(string firstEntry) => firstEntry is Metadata or Configuration or Weights;

    /// <summary>Opens an archive.</summary>
    /// <exception cref="WeightException">It is damaged.</exception>
    public static KerasArchive Open(WeightStorage file)
    {
        try
        {
            return new KerasArchive(file, new ZipArchive(new StorageStream(file), ZipArchiveMode.Read));
        }
        catch (Exception e) when (IsDamage(e))
        {
            throw Damaged(file, e);
        }
    }

    /// <summary>The model's configuration.</summary>
    /// <exception cref="WeightException">It is not there, or damaged.</exception>
    public KerasConfiguration ReadConfiguration() => KerasConfiguration.Parse(Read(Configuration), _file.Source);

    /// <summary>The weights, as bytes of an HDF5 file; the caller's to dispose of.</summary>
    /// <exception cref="WeightException">They are not there, or damaged.</exception>
    public WeightStorage ReadWeights() => new HeapStorage(_file.Source, Read(Weights));

    /// <summary>Who wrote the model, and when.</summary>
    /// <exception cref="WeightException">It is damaged.</exception>
    public Dictionary<string, string> ReadMetadata()
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        if (Find(Metadata) is null)
        {
            return metadata;
        }

        try
        {
            using var document = JsonDocument.Parse(Read(Metadata));
            foreach (string key in (ReadOnlySpan<string>)["keras_version", "date_saved"])
            {
                if (KerasConfiguration.Text(document.RootElement, key) is { } text)
                {
                    metadata[key] = text;
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw WeightException.Unreadable(_file.Source, $"its {Metadata} is no JSON", e);
        }

        return metadata;
    }

    private ZipArchiveEntry? Find(string name)
    {
        try
        {
            return _archive.GetEntry(name);
        }
        catch (Exception e) when (IsDamage(e))
        {
            throw Damaged(_file, e);
        }
    }

    /// <summary>An entry, of which no more is unpacked than weights of the archive's size could be packed in.</summary>
    private byte[] Read(string name)
    {
        ZipArchiveEntry entry = Find(name)
            ?? throw WeightException.Unreadable(_file.Source, $"it is a Keras model without {name}, so it is damaged, or was saved by something else");
        long most = Math.Min(SmallEntry + (MostRatio * _file.Length), Array.MaxLength);
        try
        {
            if (entry.Length > most)
            {
                throw TooLarge(name, most);
            }

            using Stream stream = entry.Open();
            byte[] bytes = new byte[entry.Length];
            int length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return length == bytes.Length && stream.ReadByte() < 0
                ? bytes
                : throw WeightException.Unreadable(_file.Source, $"its {name} is not as long as the archive says, so it is damaged");
        }
        catch (Exception e) when (IsDamage(e))
        {
            throw Damaged(_file, e);
        }
    }

    private WeightException TooLarge(string name, long most) => WeightException.Unreadable(
        _file.Source, $"its {name} would unpack to more than {most:N0} bytes, which no weights do in an archive of {_file.Length:N0}");

    private static bool IsDamage(Exception e) =>
        e is InvalidDataException or IOException or NotSupportedException or ArgumentException or OverflowException or IndexOutOfRangeException;

    private static WeightException Damaged(WeightStorage file, Exception e) =>
        WeightException.Unreadable(file.Source, "it is a zip archive that is damaged or was cut short", e);
}
