using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using FastAdam.Machines.Tests;
using Xunit;

namespace FastAdam.Release.Tests.Pages;

/// <summary>Follows a page from top to bottom, as a reader would: in an empty folder beside the packages, or in a clone where a command
/// names files of one.</summary>
internal sealed partial class PageRun : IDisposable
{
    private static readonly string[] _data = ["xml", "json"];

    private readonly WorkFolder _folder = new();
    private readonly Page _page;

    public PageRun(Page page)
    {
        _page = page;
        foreach (string package in Directory.GetFiles(Release.Packages()))
        {
            File.CreateSymbolicLink(Path.Combine(_folder.Path, Path.GetFileName(package)), package);
        }

        // As root there need not be a sudo.
        string programs = Directory.CreateDirectory(Path.Combine(_folder.Path, ".programs")).FullName;
        if (!Command.Exists("sudo"))
        {
            string sudo = _folder.Write(".programs/sudo", "#!/bin/sh\nexec \"$@\"\n");
            Command.Run("chmod", ["+x", sudo]);
        }

        SearchPath = string.Join(':', PythonEnvironment.Programs, programs, Environment.GetEnvironmentVariable("PATH"));
    }

    private string SearchPath { get; }

    public void Follow()
    {
        foreach (PageBlock block in _page.Blocks)
        {
            string place = $"{_page.Path}, line {block.FirstLine}";
            if (block.FileName is not null)
            {
                _folder.Write(block.FileName, block.Text);
            }

            switch (block.Language)
            {
                case "sh":
                    Shell(place, block);
                    break;
                case "csharp" when block.FileName is null:
                    (string program, string[] arguments) = CSharpBlocks.CommandOf(block);
                    Check(place, block, InFolder($"exec {program} '{string.Join("' '", arguments)}'", _folder.Path));
                    break;
                case "python":
                    _folder.Write(".block.py", block.Text);
                    Check(place, block, InFolder("exec python -W error::DeprecationWarning .block.py", _folder.Path));
                    break;
                case "csharp" or "c" or "cpp" or "cmake":
                    Assert.True(block.FileName is not null, $"{place}: a line such as 'The program, `train.c`:' is to name the block's file.");
                    break;
                case "text":
                    Assert.Fail($"{place}: no program or command stands right before it that prints it.");
                    break;
                default:
                    Assert.True(_data.Contains(block.Language), $"{place}: nothing runs blocks of '{block.Language}'.");
                    break;
            }
        }
    }

    public void Dispose() => _folder.Dispose();

    private void Shell(string place, PageBlock block)
    {
        string commands = PageCommands.Shortened(block.Text);
        Check(place, block, InFolder(commands, PageCommands.NeedClone(block.Text) ? RepositoryCopy.Path : _folder.Path));
    }

    private (int ExitCode, string Output) InFolder(string commands, string folder) => Command.Run(
        "/bin/sh",
        ["-ec", $"cd \"$FOLDER\"\n{commands}"],
        [
            ("FOLDER", folder),
            ("HOME", _folder.Path),
            ("PACKAGES", Release.Packages()),
            ("REPOSITORY", Release.Repository),
            ("PATH", SearchPath),
            ("DOTNET_CLI_HOME", Path.GetDirectoryName(PackageCache.User.TrimEnd('/'))),
            ("NUGET_PACKAGES", folder == _folder.Path ? PackageCache.OwnOfTests : PackageCache.User),
            ("DOTNET_NOLOGO", "1"),
            ("PIP_DISABLE_PIP_VERSION_CHECK", "1"),
            ("PYTHONDONTWRITEBYTECODE", "1"),

            // Where several processes train: a port that no other program has, and no look-up of this machine's name.
            ("PET_MASTER_PORT", FreePort().ToString(CultureInfo.InvariantCulture)),
            ("GLOO_SOCKET_IFNAME", "lo"),
        ]);

    /// <summary>A port of those that the system gives to no connection, another one in each process that runs tests.</summary>
    private static int FreePort() => Enumerable.Range(0, 12_000).Select(i => 20_000 + ((Environment.ProcessId + i) % 12_000)).First(port =>
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Any, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    });

    /// <summary>Requires success, and the output that the page shows: ... stands for anything, and any instruction set for the one here.</summary>
    private static void Check(string place, PageBlock block, (int ExitCode, string Output) run)
    {
        Assert.True(run.ExitCode == 0, string.Create(CultureInfo.InvariantCulture, $"{place} ended with {run.ExitCode}:\n{run.Output}"));
        if (block.Output is not null)
        {
            string pattern = "^" + Regex.Escape(WithoutInstructionSet(block.Output.TrimEnd())).Replace(@"\.\.\.", ".*?", StringComparison.Ordinal) + "$";
            string output = WithoutInstructionSet(run.Output.TrimEnd());
            Assert.True(
                Regex.IsMatch(output, pattern, RegexOptions.Singleline),
                $"{place} prints\n{run.Output}\nwhere the page has\n{block.Output}");
        }
    }

    private static string WithoutInstructionSet(string text) => InstructionSetName().Replace(text, "ISA");

    [GeneratedRegex(@"\b(avx512|avx2|neon|scalar)\b", RegexOptions.IgnoreCase)]
    private static partial Regex InstructionSetName();
}
