using Convoy.Cli.Commands;

namespace Convoy.Cli;

/// <summary>The <c>convoy</c> command: from arguments to an exit code, without touching the process.</summary>
internal static class ConvoyApplication
{
    /// <summary>Runs a command line against two writers that are no terminals.</summary>
    public static Task<int> RunAsync(
        string[] arguments, TextWriter output, TextWriter error, CancellationToken cancellationToken = default) =>
        RunAsync(arguments, new Terminal(output, error, outputIsTerminal: false, errorIsTerminal: false), cancellationToken);

    /// <summary>Runs a command line.</summary>
    public static async Task<int> RunAsync(string[] arguments, Terminal terminal, CancellationToken cancellationToken)
    {
        bool isVerbose = false;
        try
        {
            RootCommand root = CreateRoot(terminal, out Option<bool> verbose);

            // A path may begin with @: no response files.
            ParseResult parsed = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
            UsageErrors.ThrowIfAny(parsed, arguments);
            isVerbose = parsed.GetValue(verbose);
            var configuration = new InvocationConfiguration
            {
                Output = terminal.Out,
                Error = terminal.ErrorWriter,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            int exitCode = await InvokeAsync(parsed, configuration, cancellationToken).ConfigureAwait(false);

            // A command may have come to its end all the same; what called it is to stop nevertheless.
            return cancellationToken.IsCancellationRequested ? ExitCode.Interrupted : exitCode;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // A command that has something to show by then ends by itself.
            terminal.Note("Interrupted before there was a result.");
            return ExitCode.Interrupted;
        }
        catch (IOException e) when (StandardOutput.IsBrokenPipe(e))
        {
            // Whoever read the output has seen enough of it.
            return ExitCode.Done;
        }
        catch (Exception e)
        {
            // The outermost place: whatever it is becomes one sentence and an exit code.
            (int exitCode, string sentence) = Describe(e, isVerbose);
            terminal.Error(sentence);
            if (isVerbose && exitCode != ExitCode.WrongUsage)
            {
                terminal.Detail(e.ToString());
            }

            return exitCode;
        }
    }

    private static async Task<int> InvokeAsync(
        ParseResult parsed, InvocationConfiguration configuration, CancellationToken cancellationToken)
    {
        try
        {
            return await parsed.InvokeAsync(configuration, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // What was written before a failure stands above it.
            await configuration.Output.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static RootCommand CreateRoot(Terminal terminal, out Option<bool> verbose)
    {
        verbose = OptionFactory.Flag("--verbose", "Print the details too: of an error, of a profile's choices, of how tensors were found and which were passed over, or of all places the doctor looked at.");
        verbose.Recursive = true;
        var root = new RootCommand(
            $"Convoy runs convolutional networks ({string.Join(", ", ModelCatalog.All.Select(model => model.Title))}) at high throughput on the hardware that is there.")
        {
            HelpName = "convoy",
        };
        ConvoyCommand[] commands =
        [
            new DemoCommand(terminal),
            new DevicesCommand(terminal),
            new DoctorCommand(terminal),
            new DescribeCommand(terminal),
            new InitCommand(terminal),
            new ExportCommand(terminal),
            new ConvertCommand(terminal),
            new ClassifyCommand(terminal),
            new EvaluateCommand(terminal),
            new RunCommand(terminal),
            new BenchCommand(terminal),
            new ProfileCommand(terminal),
            new HelpCommand(terminal),
        ];
        Array.ForEach(commands, root.Add);
        root.Add(verbose);
        HelpText.Install(root, terminal);
        root.SetAction(parsed => parsed.RootCommandResult.Command.Parse("--help").Invoke(parsed.InvocationConfiguration));
        return root;
    }

    private static (int ExitCode, string Sentence) Describe(Exception exception, bool isVerbose) => exception switch
    {
        UsageException => (ExitCode.WrongUsage, exception.Message),
        DeviceException => (ExitCode.NoDevice, exception.Message),
        ConvoyException => (ExitCode.Failed, exception.Message),
        IOException or UnauthorizedAccessException => (ExitCode.Failed, $"Reading or writing failed: {exception.Message}"),
        OutOfMemoryException => (ExitCode.Failed, MemoryShortage.Sentence),
        _ => (ExitCode.Failed, $"{exception.GetType().Name}: {exception.Message} This is a bug in Convoy"
            + (isVerbose ? "." : "; run again with --verbose for the details to report.")),
    };
}
