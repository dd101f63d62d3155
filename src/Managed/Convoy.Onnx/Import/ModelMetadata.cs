using Convoy.Onnx.Format;

namespace Convoy.Onnx.Import;

/// <summary>Free text that a model has.</summary>
internal static class ModelMetadata
{
    /// <summary>Its own entries, and who made it, where it says so.</summary>
    public static IReadOnlyDictionary<string, string> Of(ModelProto model)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        Add("producer", $"{model.ProducerName} {model.ProducerVersion}".Trim());
        Add("domain", model.Domain);
        Add("model_version", model.HasModelVersion ? FormattableString.Invariant($"{model.ModelVersion}") : "");
        Add("description", model.DocString.Length > 0 ? model.DocString : model.Graph.DocString);
        foreach (StringStringEntryProto entry in model.MetadataProps)
        {
            Add(entry.Key, entry.Value);
        }

        return metadata;

        void Add(string key, string value)
        {
            if (key.Length > 0 && value.Length > 0)
            {
                metadata[key] = value;
            }
        }
    }
}
