using System.IO.Compression;
using System.Reflection.Metadata;
using System.Text.Json;
using System.Xml.Linq;
using FastAdam.Machines.Tests;
using Xunit;

namespace FastAdam.Release.Tests;

/// <summary>A debugger finds the sources of the NuGet package: packed in a repository that has a remote, as a copy of this one.</summary>
public sealed class SourceLinkTests
{
    private const string Remote = "https://github.com/OWNER/fastadam";

    private static readonly Guid _sourceLink = new("CC110556-A091-4D38-9FEC-25AB9A351A6A");
    private static readonly Guid _embeddedSource = new("0E8A571B-6926-466E-B4AD-8AB04611F5FE");

    /// <summary>All that a pack reads.</summary>
    private static readonly string[] _inputs =
    [
        ".editorconfig", ".gitattributes", ".gitignore", "CHANGELOG.md", "Directory.Build.props", "Directory.Packages.props", "LICENSE",
        "global.json", "native-aot/include/fastadam.h", "src/FastAdam",
    ];

    [Fact]
    public void Package_names_its_commit_and_every_source_is_found()
    {
        using var folder = new WorkFolder();
        string clone = Path.Combine(folder.Path, "clone");
        foreach (string input in _inputs)
        {
            Copy(Path.Combine(Release.Repository, input), Path.Combine(clone, input));
        }

        Run("git", "init", "--quiet", clone);
        Git("add", "--all");
        Git("-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "--quiet", "--message=All");
        Git("remote", "add", "origin", $"{Remote}.git");
        string commit = Git("rev-parse", "HEAD").Trim();
        string[] tracked = Git("ls-files").Split('\n', StringSplitOptions.RemoveEmptyEntries);

        // As release.sh does it, but without analyzers, which have no part in what is packed.
        string packages = Path.Combine(folder.Path, "packages");
        Run(
            "dotnet", "pack", Path.Combine(clone, "src", "FastAdam"), "-c", "Release", "-o", packages, "-nologo",
            "-p:ContinuousIntegrationBuild=true", "-p:RunAnalyzers=false");

        XElement repository = XElement.Load(new MemoryStream(Read($"FastAdam.{Release.Version}.nupkg", "FastAdam.nuspec")))
            .Descendants()
            .Single(element => element.Name.LocalName == "repository");
        Assert.Equal(
            ("git", $"{Remote}.git", commit),
            ((string?)repository.Attribute("type"), (string?)repository.Attribute("url"), (string?)repository.Attribute("commit")));

        using var symbols = MetadataReaderProvider.FromPortablePdbStream(
            new MemoryStream(Read($"FastAdam.{Release.Version}.snupkg", "lib/net10.0/FastAdam.pdb")));
        MetadataReader pdb = symbols.GetMetadataReader();
        byte[]? json = Information(EntityHandle.ModuleDefinition, _sourceLink);
        Assert.True(json is not null, "the symbols have no SourceLink");
        using JsonDocument link = JsonDocument.Parse(json);
        JsonProperty mapping = Assert.Single(link.RootElement.GetProperty("documents").EnumerateObject());
        Assert.Equal(
            ("/_/*", $"https://raw.githubusercontent.com/OWNER/fastadam/{commit}/*"),
            (mapping.Name, mapping.Value.GetString()));

        (string Path, bool IsEmbedded)[] sources = [.. pdb.Documents.Select(handle =>
            (pdb.GetString(pdb.GetDocument(handle).Name), Information(handle, _embeddedSource) is not null))];
        Assert.Contains(("/_/src/FastAdam/Optimizer.cs", false), sources);
        Assert.Contains(sources, source => source.IsEmbedded);
        Assert.All(sources, source => Assert.True(
            source.IsEmbedded || (source.Path.StartsWith("/_/", StringComparison.Ordinal) && tracked.Contains(source.Path[3..])),
            $"{source.Path} is neither in the repository nor embedded"));

        string Git(params string[] arguments) => Run("git", ["-C", clone, .. arguments]);

        byte[] Read(string package, string entry)
        {
            using ZipArchive archive = ZipFile.OpenRead(Path.Combine(packages, package));
            using Stream stream = archive.GetEntry(entry)!.Open();
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            return bytes.ToArray();
        }

        byte[]? Information(EntityHandle parent, Guid kind) => pdb.GetCustomDebugInformation(parent)
            .Select(pdb.GetCustomDebugInformation)
            .Where(information => pdb.GetGuid(information.Kind) == kind)
            .Select(information => pdb.GetBlobBytes(information.Value))
            .SingleOrDefault();
    }

    private static string Run(string program, params string[] arguments)
    {
        // Without the settings of whoever runs the tests, such as that commits are signed.
        (int exitCode, string output) = Command.Run(program, arguments, ("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1"));
        Assert.True(exitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {exitCode}:\n{output}");
        return output;
    }

    /// <summary>Copies a file, or a folder without what builds left in it.</summary>
    private static void Copy(string from, string to)
    {
        if (File.Exists(from))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(from, to);
            return;
        }

        foreach (string entry in Directory.EnumerateFileSystemEntries(from).Where(entry => Path.GetFileName(entry) is not ("bin" or "obj")))
        {
            Copy(entry, Path.Combine(to, Path.GetFileName(entry)));
        }
    }
}
