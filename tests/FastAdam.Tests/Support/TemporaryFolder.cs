namespace FastAdam.Tests.Support;

/// <summary>A folder of its own, for one test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("fastadam-").FullName;

    /// <summary>The names of the files in it, hidden ones too.</summary>
    public IEnumerable<string> Names => Directory.GetFileSystemEntries(Path).Select(x => System.IO.Path.GetFileName(x)!).Order(StringComparer.Ordinal);

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
