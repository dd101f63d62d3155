using System.Globalization;
using System.Text;
using Convoy.Onnx.Format;

namespace Convoy.Onnx.Import;

/// <summary>
/// What a model has that cannot be imported, for one sentence: each operator with each reason once, with its first nodes and how
/// many there are. However many a file has, the sentence stays one that can be read.
/// </summary>
internal sealed class Problems
{
    private const int MostFailures = 1024;
    private const int MostKinds = 1024;
    private const int MostReasons = 4;
    private const int MostNames = 3;
    private const int MostOfModel = 16;
    private const int MostCharacters = 4000;

    private readonly List<string> _ofModel = [];
    private readonly List<Kind> _kinds = [];
    private readonly Dictionary<(string Operator, string Reason), Kind> _byReason = [];
    private readonly Dictionary<string, List<Kind>> _byOperator = new(StringComparer.Ordinal);
    private int _moreOfModel;
    private int _nodes;
    private int _failures;
    private bool _isMixedBatch;

    /// <summary>Whether so many nodes failed that looking at more takes longer than it helps.</summary>
    public bool AreEnough => _failures >= MostFailures;

    /// <summary>Takes note of what is wrong with an input, an output or the model as a whole: "its input 'x' is no tensor".</summary>
    public void Add(string reason)
    {
        if (_ofModel.Count < MostOfModel)
        {
            _ofModel.Add(reason);
        }
        else
        {
            _moreOfModel++;
        }
    }

    /// <summary>Takes note of a node whose import failed.</summary>
    public void Add(NodeProto node, UnsupportedException failure)
    {
        _failures++;
        _isMixedBatch |= failure is MixedBatchException;
        Add(node, failure.Message);
    }

    /// <summary>Takes note of a node that is not imported, for a reason that goes on with what is known of it: "its mode is 'reflect'".</summary>
    public void Add(NodeProto node, string reason)
    {
        _nodes++;
        if (!_byReason.TryGetValue((node.OpType, reason), out Kind? kind))
        {
            if (_byReason.Count == MostKinds)
            {
                return;
            }

            kind = FindKind(node.OpType, reason);
            _byReason.Add((node.OpType, reason), kind);
        }

        kind.Count++;
        if (kind.Names.Count < MostNames)
        {
            kind.Names.Add(GraphOrder.Describe(node));
        }
    }

    /// <summary>Refuses the model where there is any.</summary>
    /// <exception cref="UnsupportedException">There is; the message is a part of a sentence.</exception>
    public void ThrowIfAny()
    {
        if (_ofModel.Count == 0 && _nodes == 0)
        {
            return;
        }

        var message = new StringBuilder();
        message.AppendJoin("; ", _ofModel);
        if (_moreOfModel > 0)
        {
            message.Append(CultureInfo.InvariantCulture, $"; {_moreOfModel:N0} more of its inputs, outputs and tensors cannot be used either");
        }

        if (_nodes > 0)
        {
            message.Append(_ofModel.Count > 0 ? "; and " : "").Append(AreEnough ? "more than " : "");
            message.Append(CultureInfo.InvariantCulture, $"{_nodes:N0} of its nodes cannot be imported: ");
            AppendKinds(message);
        }

        throw _isMixedBatch ? new MixedBatchException(message.ToString()) : new UnsupportedException(message.ToString());
    }

    /// <summary>A kind of its own, or the operator's last where it has so many that only their number matters.</summary>
    private Kind FindKind(string type, string reason)
    {
        List<Kind> kinds = _byOperator.TryGetValue(type, out List<Kind>? known) ? known : _byOperator[type] = [];
        if (kinds.Count <= MostReasons)
        {
            var kind = new Kind(LayerNames.Tidy(type), reason);
            kinds.Add(kind);
            _kinds.Add(kind);
            return kind;
        }

        kinds[^1].OtherReasons++;
        return kinds[^1];
    }

    private void AppendKinds(StringBuilder message)
    {
        int listed = 0;
        foreach (Kind kind in _kinds.TakeWhile(_ => message.Length < MostCharacters))
        {
            message.Append(listed > 0 ? "; " : "").Append(kind.Operator).Append(' ').AppendJoin(", ", kind.Names);
            listed += kind.Count;
            if (kind.Count > kind.Names.Count)
            {
                message.Append(CultureInfo.InvariantCulture, $" and {kind.Count - kind.Names.Count:N0} more");
            }

            message.Append(": ").Append(kind.Reason);
            if (kind.OtherReasons > 0)
            {
                message.Append(CultureInfo.InvariantCulture, $", and {kind.OtherReasons:N0} more reasons");
            }
        }

        if (listed < _nodes)
        {
            message.Append(CultureInfo.InvariantCulture, $"; and {_nodes - listed:N0} of other kinds");
        }
    }

    private sealed class Kind(string type, string reason)
    {
        public string Operator => type;

        public string Reason => reason;

        public int Count { get; set; }

        public int OtherReasons { get; set; }

        public List<string> Names { get; } = [];
    }
}
