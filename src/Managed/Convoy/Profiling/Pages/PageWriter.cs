using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Convoy.Profiling.Pages;

/// <summary>
/// Writes a page that needs nothing but itself: markup, a style sheet and scripts, which are embedded in this assembly, and between
/// them the figures as JSON, from which the scripts draw. A policy lets the browser run these scripts alone and fetch nothing.
/// </summary>
internal static class PageWriter
{
    /// <summary>What all pages have in common: helpers, charts, and their export as pictures.</summary>
    private static readonly string[] CommonScripts = ["dom", "format", "charts", "export"];

    // The encoder escapes '<', '>' and '&' wherever they stand, so that no name can end the script that holds the figures.
    private static readonly JsonWriterOptions FigureOptions = new() { Encoder = JavaScriptEncoder.Default };

    /// <summary>Writes a page as UTF-8.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="title">The title until the scripts know a better one.</param>
    /// <param name="name">The name of the page's markup, and of the last of its scripts, which begins to draw.</param>
    /// <param name="charts">The scripts of its charts.</param>
    /// <param name="writeFigures">Writes the figures.</param>
    public static void Write(Stream stream, string title, string name, string[] charts, Action<Utf8JsonWriter> writeFigures)
    {
        ArgumentNullException.ThrowIfNull(stream);
        string style = Read("page.css");
        string[] scripts = [.. CommonScripts.Concat(charts).Append(name).Select(script => Read($"{script}.js"))];
        WriteText(
            stream,
            $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src {Hash(style)}; script-src {string.Join(' ', scripts.Select(Hash))}">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta name="description" content="">
            <link rel="icon" href="data:,">
            <title>{title}</title>
            <style>{style}</style>
            </head>
            <body>
            {Read($"{name}.html")}
            <script type="application/json" id="figures">
            """);
        using (var writer = new Utf8JsonWriter(stream, FigureOptions))
        {
            writeFigures(writer);
        }

        WriteText(stream, "</script>\n");
        foreach (string script in scripts)
        {
            WriteText(stream, $"<script>{script}</script>\n");
        }

        WriteText(stream, "</body>\n</html>\n");
    }

    private static void WriteText(Stream stream, string text) => stream.Write(Encoding.UTF8.GetBytes(text));

    private static string Hash(string text) => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}'";

    private static string Read(string asset)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"pages/{asset}")
            ?? throw new InvalidOperationException($"The Convoy assembly lacks the resource pages/{asset}.");
        using var reader = new StreamReader(stream, Encoding.UTF8);

        // Browsers hash a script as they read it: with these line ends, whatever the file has.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
