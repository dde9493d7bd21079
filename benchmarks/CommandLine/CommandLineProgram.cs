using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;

namespace FastAdam.CommandLine;

/// <summary>A program's command line: help that a newcomer understands, and short errors.</summary>
/// <param name="root">The commands and options.</param>
/// <param name="project">The project's folder in the repository, for examples.</param>
internal sealed class CommandLineProgram(RootCommand root, string project)
{
    /// <summary>The exit code where the arguments are wrong and nothing was done.</summary>
    public const int WrongUse = 2;

    private const int LineWidth = 100;

    private readonly Dictionary<Command, Explanation> _explanations = [];

    /// <summary>Adds to the help of a command.</summary>
    public void Explain(Command command, Explanation explanation) => _explanations.Add(command, explanation);

    /// <summary>Runs what the arguments ask for.</summary>
    /// <returns>The exit code.</returns>
    public int Run(string[] arguments)
    {
        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Description = "Show this text.";
        help.Action = new Help(_explanations, project);
        VersionOption version = root.Options.OfType<VersionOption>().Single();
        version.Description = "Show the version.";
        foreach (Command command in root.Subcommands)
        {
            command.Validators.Add(RefuseOptionsBefore);
        }

        ParseResult parsed = root.Parse(arguments);
        if (parsed.Action is not ParseErrorAction)
        {
            return parsed.Invoke();
        }

        Command asked = parsed.CommandResult.Command;
        string name = asked == root ? project.Split('/')[^1] : asked.Name;
        foreach (string message in Messages(parsed, name))
        {
            Console.Error.WriteLine(message);
        }

        Console.Error.WriteLine($"{(asked == root ? "" : $"{asked.Name} ")}--help explains what there is.");
        return WrongUse;
    }

    /// <summary>What is wrong. Of arguments that are not known the first alone: others may be its values.</summary>
    private static IEnumerable<string> Messages(ParseResult parsed, string name)
    {
        Command asked = parsed.CommandResult.Command;
        if (parsed.UnmatchedTokens.Count > 0)
        {
            string known = string.Join(", ", asked.Subcommands.Select(command => command.Name).Concat(asked.Options.Select(option => option.Name)));
            yield return $"{name} does not know '{parsed.UnmatchedTokens[0]}'. It knows {known}.";
        }

        if (asked.Action is null)
        {
            yield return $"{name} needs a command: {string.Join(" or ", asked.Subcommands.Select(command => command.Name))}.";
            yield break;
        }

        foreach (ParseError error in parsed.Errors)
        {
            if (!parsed.UnmatchedTokens.Any(token => error.Message.Contains($"'{token}'", StringComparison.Ordinal)))
            {
                yield return error.Message;
            }
        }
    }

    /// <summary>Options of the root are for the root alone: before a verb they would have no effect.</summary>
    private static void RefuseOptionsBefore(CommandResult result)
    {
        foreach (OptionResult option in ((CommandResult)result.Parent!).Children.OfType<OptionResult>())
        {
            if (!option.Implicit && !option.Option.Recursive)
            {
                string verb = result.Command.Name;
                result.AddError($"{option.Option.Name} stands before '{verb}'. Options of {verb} stand behind it.");
            }
        }
    }

    /// <summary>The library's help, and the explanation.</summary>
    private sealed class Help(Dictionary<Command, Explanation> explanations, string project) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            int width = Console.IsOutputRedirected ? LineWidth : Math.Clamp(Console.WindowWidth, LineWidth / 2, LineWidth);
            new HelpAction { MaxWidth = width }.Invoke(parseResult);
            if (explanations.TryGetValue(parseResult.CommandResult.Command, out Explanation? explanation))
            {
                Write(parseResult.InvocationConfiguration.Output, explanation, width);
            }

            return 0;
        }

        private void Write(TextWriter output, Explanation explanation, int width)
        {
            Section("Output:", explanation.Output);
            if (explanation.Time is not null)
            {
                Section("Time:", explanation.Time);
            }

            output.WriteLine("Exit codes:");
            foreach ((int code, string meaning) in
                explanation.ExitCodes.Prepend((0, "All went well.")).Append((WrongUse, "The arguments are wrong; nothing was done.")))
            {
                WriteWrapped($"  {code}  ", meaning);
            }

            output.WriteLine();
            output.WriteLine("Examples:");
            foreach ((string arguments, string purpose) in explanation.Examples)
            {
                WriteWrapped("  ", purpose);
                output.WriteLine($"    dotnet run -c Release --project {project}{(arguments.Length == 0 ? "" : $" -- {arguments}")}");
            }

            output.WriteLine();

            void Section(string title, string text)
            {
                output.WriteLine(title);
                WriteWrapped("  ", text);
                output.WriteLine();
            }

            void WriteWrapped(string start, string text)
            {
                string line = start;
                foreach (string word in text.Split(' '))
                {
                    if (line.Length + 1 + word.Length > width && !string.IsNullOrWhiteSpace(line))
                    {
                        output.WriteLine(line.TrimEnd());
                        line = new string(' ', start.Length);
                    }

                    line += $"{word} ";
                }

                output.WriteLine(line.TrimEnd());
            }
        }
    }
}
