using System.Text.RegularExpressions;
using FastAdam.Machines.Tests;
using Xunit;

namespace FastAdam.Release.Tests;

/// <summary>Somebody who has the .NET SDK and the released package, but no clone. FastAdam comes from the release alone, into a cache
/// that goes with the object; what else a publish needs comes from where the machine takes it.</summary>
internal sealed partial class DotNetUser : IDisposable
{
    private readonly WorkFolder _folder = new();

    private readonly (string Name, string? Value)[] _environment =
        [("DOTNET_CLI_UI_LANGUAGE", "en"), ("MSBUILDDISABLENODEREUSE", "1")];

    public DotNetUser()
    {
        string machineCache = MachineCache(Run("nuget", "locals", "global-packages", "--list").Split(": ", 2)[1].Trim());
        IEnumerable<string> machineSources =
            SourceName().Matches(Run("nuget", "list", "source")).Select(match => match.Groups[1].Value);
        IEnumerable<string> mappings =
            machineSources.Select(name => $"""<packageSource key="{name}"><package pattern="*" /></packageSource>""");
        _folder.Write("nuget.config", $"""
            <configuration>
              <packageSources>
                <add key="release" value="{Release.Packages()}" />
              </packageSources>
              <packageSourceMapping>
                <packageSource key="release"><package pattern="FastAdam" /></packageSource>
                {string.Join("\n    ", mappings)}
              </packageSourceMapping>
              <fallbackPackageFolders>
                <add key="machine" value="{machineCache}" />
              </fallbackPackageFolders>
            </configuration>
            """);
        string cache = Path.Combine(_folder.Path, "packages");
        _environment = [.. _environment, ("NUGET_PACKAGES", cache)];
        InstalledPackage = Path.Combine(cache, "fastadam", Release.Version);
    }

    /// <summary>Where FastAdam is after a restore.</summary>
    public string InstalledPackage { get; }

    /// <inheritdoc cref="WorkFolder.Write"/>
    public string Write(string name, string text) => _folder.Write(name, text);

    /// <summary>The text of a file in the folder.</summary>
    public string Read(string name) => File.ReadAllText(Path.Combine(_folder.Path, name));

    /// <summary>Runs <c>dotnet</c> in the folder. It must succeed.</summary>
    /// <returns>Its output.</returns>
    public string Run(params string[] arguments) => Execute("dotnet", arguments);

    /// <summary>Runs a program that lies in the folder. It must succeed.</summary>
    /// <returns>Its output.</returns>
    public string Start(string program) => Execute(Path.Combine(_folder.Path, program));

    public void Dispose() => _folder.Dispose();

    /// <summary>The machine's cache without FastAdam: somebody may have tried another package of the same version.</summary>
    private string MachineCache(string cache)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder.Path, "machine")).FullName;
        if (Directory.Exists(cache))
        {
            foreach (string package in Directory.GetDirectories(cache).Select(path => Path.GetFileName(path)!).Where(name => name != "fastadam"))
            {
                File.CreateSymbolicLink(Path.Combine(folder, package), Path.Combine(cache, package));
            }
        }

        return folder;
    }

    private string Execute(string program, params string[] arguments)
    {
        (int exitCode, string output) = Command.Run("env", [$"--chdir={_folder.Path}", program, .. arguments], _environment);
        Assert.True(exitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {exitCode}:\n{output}");
        return output;
    }

    [GeneratedRegex(@"^\s+\d+\.\s+(.+) \[Enabled\]", RegexOptions.Multiline)]
    private static partial Regex SourceName();
}
