using System.Runtime.InteropServices;

namespace Convoy.Tests.Soak;

/// <summary>What each case's images scored when it was first compiled, to the bit.</summary>
internal sealed class RecordedScores
{
    private readonly Dictionary<string, float[]> _scores = [];

    /// <summary>Runs all images in one go, the first time that a case is met.</summary>
    public void Record(SoakCase its, InferenceSession session)
    {
        if (!_scores.ContainsKey(its.Name))
        {
            float[] scores = new float[its.Network.Count * its.Network.ScoreLength];
            session.Run(its.Network.Images, scores);
            _scores.Add(its.Name, scores);
        }
    }

    /// <summary>Throws unless the scores of some images are those that were recorded.</summary>
    public void Check(SoakCase its, int first, ReadOnlySpan<float> scores, string occasion)
    {
        if (!IsRecorded(its, first, scores))
        {
            throw new SoakException($"The scores of {its.Name} are not the bits they were: {occasion}, from image {first} on.");
        }
    }

    /// <summary>Whether scores are those recorded for a case, from an image on.</summary>
    public bool IsRecorded(SoakCase its, int first, ReadOnlySpan<float> scores)
    {
        ReadOnlySpan<float> expected = _scores[its.Name].AsSpan(first * its.Network.ScoreLength, scores.Length);
        return MemoryMarshal.AsBytes(scores).SequenceEqual(MemoryMarshal.AsBytes(expected));
    }
}

/// <summary>Something was not as it was before.</summary>
internal sealed class SoakException(string message) : Exception(message);
