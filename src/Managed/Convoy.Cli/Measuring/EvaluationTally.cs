using Convoy.Cli.Data;

namespace Convoy.Cli.Measuring;

/// <summary>Counts how often a network is right.</summary>
/// <param name="classes">The network's classes.</param>
/// <param name="keepPredictions">Whether to keep each image's prediction.</param>
internal sealed class EvaluationTally(int classes, bool keepPredictions)
{
    /// <summary>The most classes a confusion matrix is kept for.</summary>
    public const int MostConfusionClasses = 20;

    /// <summary>The prediction of an image that could not be read, or whose scores are not numbers.</summary>
    public const int NoPrediction = -1;

    private const int Five = 5;

    // What guessing gets is only worth comparing with where it is not next to nothing, and where there are images enough.
    private const int LeastImagesToGuess = 100;
    private const double ShareAboveGuessing = 0.1;
    private const double DeviationsAboveGuessing = 3;

    private long _top1;
    private long _top5;

    /// <summary>Images whose scores were counted.</summary>
    public long Images { get; private set; }

    /// <summary>Images that could not be read; they count neither as right nor as wrong.</summary>
    public long Errors { get; private set; }

    /// <summary>Rows: what images show; columns: what they were taken for. Null for many classes.</summary>
    public int[][]? Confusion { get; } =
        classes <= MostConfusionClasses ? [.. Enumerable.Range(0, classes).Select(_ => new int[classes])] : null;

    /// <summary>The predictions in the order of the images, where they are kept.</summary>
    public List<int>? Predictions { get; } = keepPredictions ? [] : null;

    /// <summary>The share of images whose likeliest class is right; null of no images.</summary>
    public double? Top1 => Images > 0 ? (double)_top1 / Images : null;

    /// <summary>The share of images with the right class among the five likeliest; null of no images.</summary>
    public double? Top5 => Images > 0 ? (double)_top5 / Images : null;

    /// <summary>
    /// Whether the network does about as well as guessing: above it by no more than a tenth of what could be, and three
    /// standard deviations. Never of few images or many classes.
    /// </summary>
    public bool IsLikeGuessing
    {
        get
        {
            double guessed = 1.0 / classes;
            double deviation = Math.Sqrt(guessed * (1 - guessed) / Math.Max(1, Images));
            return Images >= LeastImagesToGuess && classes <= MostConfusionClasses
                && Top1 <= guessed + (ShareAboveGuessing * (1 - guessed)) + (DeviationsAboveGuessing * deviation);
        }
    }

    /// <summary>Counts an image.</summary>
    public void Add(ReadOnlySpan<float> scores, int label)
    {
        int[] top = Ranking.FindTop(scores, Five);
        bool isNumber = !float.IsNaN(scores[top[0]]);
        Images++;
        Predictions?.Add(isNumber ? top[0] : NoPrediction);
        if (!isNumber)
        {
            return;
        }

        _top1 += top[0] == label ? 1 : 0;
        _top5 += top.Contains(label) && !float.IsNaN(scores[label]) ? 1 : 0;
        if (Confusion is not null)
        {
            Confusion[label][top[0]]++;
        }
    }

    /// <summary>Counts an image that could not be read.</summary>
    public void AddError()
    {
        Errors++;
        Predictions?.Add(NoPrediction);
    }
}
