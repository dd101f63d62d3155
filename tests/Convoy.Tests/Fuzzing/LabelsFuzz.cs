using System.Text;
using Convoy.Cli.Data;
using Convoy.Models;

namespace Convoy.Tests.Fuzzing;

/// <summary>Files of class names.</summary>
public sealed class LabelsFuzz : ReaderFuzz
{
    private const int Classes = 10;
    private static readonly Network Network = LeNet5.Create();

    private protected override int ShortCases => 2000;

    private protected override IReadOnlyList<byte[]> Seeds { get; } =
    [
        "zero\none\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\n"u8.ToArray(),
        "\u00e9\r\n\r\n \r\nb\r\nc\r\nd\r\ne\r\nf\r\ng\r\nh"u8.ToArray(),
        [0xEF, 0xBB, 0xBF, .. "0\n1\n2\n3\n4\n5\n6\n7\n8\n9"u8],
        Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes("0\n1\n2\n3\n4\n5\n6\n7\n8\n9")).ToArray(),
    ];

    private protected override void Check(byte[] fuzzCase)
    {
        string path = Folder.Write("labels.txt", fuzzCase);
        Sentence.ReadOrRefuse<ConvoyException>(() =>
        {
            ClassLabels labels = ClassLabels.Read(path, Network);
            for (int i = 0; i < Classes; i++)
            {
                // Of two classes of one name, the first has it.
                if (labels[i] is not { } name || !(labels.Find(name) <= i))
                {
                    throw new FuzzException($"Class {i} is not found by its name.");
                }
            }
        });
    }
}
