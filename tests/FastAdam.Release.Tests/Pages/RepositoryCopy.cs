using FastAdam.Machines.Tests;
using Xunit;

namespace FastAdam.Release.Tests.Pages;

/// <summary>A copy of the repository's files without what was built: a clone, with what is not committed yet.</summary>
internal static class RepositoryCopy
{
    private static readonly Lazy<string> _path = new(Make);

    /// <summary>The copy's folder.</summary>
    public static string Path => _path.Value;

    /// <summary>The paths of the repository's files.</summary>
    public static string[] Files()
    {
        (int exitCode, string output) = Command.Run(
            "git", ["-C", Release.Repository, "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate"]);
        Assert.True(exitCode == 0, $"git ls-files ended with {exitCode}:\n{output}");
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(path => File.Exists(System.IO.Path.Combine(Release.Repository, path)))];
    }

    private static string Make()
    {
        string folder = Directory.CreateTempSubdirectory("fastadam-clone-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        foreach (string path in Files())
        {
            string to = System.IO.Path.Combine(folder, path);
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(to)!);
            File.Copy(System.IO.Path.Combine(Release.Repository, path), to);
        }

        return folder;
    }
}
