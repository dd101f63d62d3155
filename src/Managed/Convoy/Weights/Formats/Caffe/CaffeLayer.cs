namespace Convoy.Weights.Formats.Caffe;

/// <summary>A layer of a caffemodel with arrays (message LayerParameter of caffe.proto, or V1LayerParameter of before 2014).</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type: "Convolution"; of those that had numbers once, only such as have arrays.</param>
/// <param name="Reads">The first thing that it reads; empty for one that reads nothing.</param>
/// <param name="Gives">The first thing that it gives.</param>
/// <param name="Blobs">Its arrays.</param>
internal sealed record CaffeLayer(string Name, string Type, string Reads, string Gives, IReadOnlyList<CaffeBlob> Blobs)
{
    private const int LongestText = 4096;
    private const int MostBlobs = 64;

    /// <summary>Reads a layer.</summary>
    /// <param name="reader">The file.</param>
    /// <param name="message">Where it is.</param>
    /// <param name="isOld">Whether it is one of before 2014.</param>
    public static CaffeLayer Read(ProtobufReader reader, ProtobufReader.Field message, bool isOld)
    {
        (int nameField, int typeField, int readsField, int givesField, int blobsField) = isOld ? (4, 5, 2, 3, 6) : (1, 2, 3, 4, 7);
        (string name, string type, string reads, string gives) = ("", "", "", "");
        var blobs = new List<ProtobufReader.Field>();
        foreach (ProtobufReader.Field field in reader.ReadFields(message.Start, message.End))
        {
            if (field.Number == typeField && field.Wire == ProtobufWire.Varint)
            {
                type = TypeOf(field.Value);
            }

            if (field.Wire != ProtobufWire.Length)
            {
                continue;
            }

            if (field.Number == nameField)
            {
                name = Text(reader, field);
            }
            else if (field.Number == typeField)
            {
                type = Text(reader, field);
            }
            else if (field.Number == readsField && reads.Length == 0)
            {
                reads = Text(reader, field);
            }
            else if (field.Number == givesField && gives.Length == 0)
            {
                gives = Text(reader, field);
            }
            else if (field.Number == blobsField)
            {
                blobs.Add(blobs.Count < MostBlobs ? field : throw reader.Fault($"a layer has more than {MostBlobs} arrays"));
            }
        }

        string quoted = WeightException.Quote(name);
        return new CaffeLayer(name, type, reads, gives, [.. blobs.Select((blob, i) => CaffeBlob.Read(reader, blob, $"array {i + 1} of layer {quoted}"))]);
    }

    private static string Text(ProtobufReader reader, ProtobufReader.Field field) => field.Length <= LongestText
        ? System.Text.Encoding.UTF8.GetString(reader.ReadBytes(field.Start, (int)field.Length))
        : throw reader.Fault($"a layer has a name or type of {field.Length:N0} bytes, which is none");

    private static string TypeOf(ulong number) => number switch
    {
        4 => "Convolution",
        14 => "InnerProduct",
        39 => "Deconvolution",
        _ => "",
    };
}
