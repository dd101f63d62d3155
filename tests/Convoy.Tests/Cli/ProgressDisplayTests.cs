using System.Text;
using Convoy.Cli.Output;

namespace Convoy.Tests.Cli;

/// <summary>How far work is shown to be.</summary>
public sealed class ProgressDisplayTests
{
    // No timing is tested: what is not shown by then never is.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Test]
    public async Task What_is_shown_follows_the_counter_where_the_output_is_a_file()
    {
        var error = new SharedWriter();
        var terminal = new Terminal(new StringWriter(), error, outputIsTerminal: false, errorIsTerminal: true);
        bool isShown = await terminal.Progress.RunAsync("Counting", 200, async counter =>
        {
            foreach (int percents in new[] { 27, 52, 76 })
            {
                counter.RaiseTo(2 * percents);
                for (DateTime end = DateTime.UtcNow + Patience; !error.ToString().Contains($"{percents}%", StringComparison.Ordinal); await Task.Delay(20))
                {
                    if (DateTime.UtcNow > end)
                    {
                        return false;
                    }
                }
            }

            return true;
        });
        Assert.That(isShown, error.ToString());
        Assert.That(error.ToString(), Does.Contain("Counting"));
    }

    /// <summary>A writer that is read while it is written to.</summary>
    private sealed class SharedWriter : TextWriter
    {
        private readonly StringBuilder _text = new();

        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value)
        {
            lock (_text)
            {
                _text.Append(value);
            }
        }

        public override string ToString()
        {
            lock (_text)
            {
                return _text.ToString();
            }
        }
    }
}
