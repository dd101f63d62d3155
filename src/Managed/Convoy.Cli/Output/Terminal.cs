using System.Globalization;
using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Convoy.Cli.Output;

/// <summary>Where a command's words go: results to the output, progress and complaints to the error stream.</summary>
internal sealed class Terminal
{
    private const int Unlimited = 100_000;
    private const string WidthVariable = "COLUMNS";

    private readonly IAnsiConsole _errorConsole;
    private readonly Func<int>? _findWidth;
    private readonly Func<int>? _findErrorWidth;

    /// <summary>Speaks to two writers.</summary>
    /// <param name="output">The results' writer.</param>
    /// <param name="error">The error stream's.</param>
    /// <param name="outputIsTerminal">Whether a person watches the results.</param>
    /// <param name="errorIsTerminal">Whether a person watches the error stream.</param>
    /// <param name="findWidth">The output's width in columns, asked for at each use since windows change; null where there is no limit.</param>
    /// <param name="findErrorWidth">The same of the error stream.</param>
    /// <param name="log">The clock by which long work is reported where no person watches the error stream; null for no reports.</param>
    public Terminal(
        TextWriter output,
        TextWriter error,
        bool outputIsTerminal,
        bool errorIsTerminal,
        Func<int>? findWidth = null,
        Func<int>? findErrorWidth = null,
        TimeProvider? log = null)
    {
        _findWidth = findWidth;
        _findErrorWidth = findErrorWidth;
        Out = output;
        ErrorWriter = error;
        OutIsTerminal = outputIsTerminal;
        _errorConsole = CreateConsole(error, errorIsTerminal);
        Progress = new ProgressDisplay(_errorConsole, () => Limit(_findErrorWidth), log);
    }

    /// <summary>The result's writer.</summary>
    public TextWriter Out { get; }

    /// <summary>The error stream's writer; <see cref="Note"/> and <see cref="Error"/> are the usual ways to it.</summary>
    public TextWriter ErrorWriter { get; }

    /// <summary>True when a person watches the output.</summary>
    public bool OutIsTerminal { get; }

    /// <summary>How many columns a line of the output has.</summary>
    public int Width => Limit(_findWidth);

    /// <summary>Shows how far long work is.</summary>
    public ProgressDisplay Progress { get; }

    /// <summary>The process's own streams, in UTF-8.</summary>
    public static Terminal Open()
    {
        var encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        bool outputIsTerminal = !Console.IsOutputRedirected;
        var output = new StreamWriter(StandardOutput.Open(), encoding, 1 << 14) { AutoFlush = outputIsTerminal };
        var error = new StreamWriter(StandardError.Open(), encoding) { AutoFlush = true };
        bool errorIsTerminal = !Console.IsErrorRedirected;
        return new Terminal(
            output, error, outputIsTerminal, errorIsTerminal, FindWidth(outputIsTerminal), FindWidth(errorIsTerminal), TimeProvider.System);
    }

    /// <summary>Writes a sentence, or a line of words, to the output; it goes on in the next line where it is too long for one.</summary>
    public void WriteSentence(string sentence)
    {
        foreach (string line in TextFit.Wrap(OneLine(sentence), Width))
        {
            Out.WriteLine(line);
        }
    }

    /// <summary>Something the user should know.</summary>
    public void Note(string sentence) => WriteErrorLine($"convoy: {OneLine(sentence)}");

    /// <summary>Something that went wrong, on one line.</summary>
    public void Error(string sentence) => WriteErrorLine($"convoy: error: {OneLine(sentence)}");

    /// <summary>What --verbose adds to an error.</summary>
    public void Detail(string text) => _errorConsole.Write(new Text($"{text}\n"));

    /// <summary>Shows a terminal's cursor again, which progress hides, before the process ends in the middle of it.</summary>
    public void ShowCursor() => _errorConsole.Cursor.Show();

    /// <summary>Draws to the output, with colours where it is a terminal; without empty lines and spaces at the lines' ends.</summary>
    public void Draw(IRenderable picture)
    {
        using var drawing = new StringWriter();
        CreateConsole(drawing, OutIsTerminal).Write(picture);
        foreach (string line in drawing.ToString().Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0))
        {
            Out.WriteLine(line);
        }
    }

    /// <summary>A text without what would break a line or steer a terminal: file names may contain anything.</summary>
    public static string OneLine(string text) => text.Any(char.IsControl)
        ? string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c))
        : text;

    // Through the console, which moves a progress bar out of the way first; at once, for the bar is drawn again after each write.
    private void WriteErrorLine(string text) =>
        _errorConsole.Write(new Text(string.Concat(TextFit.Wrap(text, Limit(_findErrorWidth)).Select(line => $"{line}\n"))));

    private static int Limit(Func<int>? findWidth) => findWidth?.Invoke() is > 0 and < Unlimited and var width ? width : Unlimited;

    /// <summary>
    /// What the environment says, as other tools take it, else the terminal's own; a pipe or a file has no width, for what reads
    /// it may wrap, scroll or search, but cannot bring back what was left out.
    /// </summary>
    private static Func<int>? FindWidth(bool outputIsTerminal) =>
        int.TryParse(Environment.GetEnvironmentVariable(WidthVariable), NumberStyles.None, CultureInfo.InvariantCulture, out int columns) ? () => columns
        : outputIsTerminal ? () => Console.WindowWidth
        : null;

    private static IAnsiConsole CreateConsole(TextWriter writer, bool isTerminal) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
        ColorSystem = isTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,

        // Not to be detected: that looks at the standard output, which may be a file where the error stream is a terminal.
        Interactive = isTerminal ? InteractionSupport.Yes : InteractionSupport.No,
        Out = new ConsoleOutput(writer, isTerminal),
    });

    /// <summary>A writer as Spectre.Console wants it. Lines are never cut or wrapped: a terminal wraps by itself.</summary>
    private sealed class ConsoleOutput(TextWriter writer, bool isTerminal) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => isTerminal;

        public int Width => Unlimited;

        // A terminal may not know its size.
        public int Height => isTerminal && Console.WindowHeight is > 0 and var height ? height : Unlimited;

        public void SetEncoding(Encoding encoding)
        {
            // The writer's encoding is chosen where it is opened.
        }
    }
}
