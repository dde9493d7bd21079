using System.Reflection;

namespace FastAdam.Benchmarks;

/// <summary>The source tree that this program was built from.</summary>
internal static class Repository
{
    public static string Path => Metadata(nameof(Repository));

    /// <summary>The SDK and, where the tree is a clone, the commit, changes since which do not show.</summary>
    public static string Built
    {
        get
        {
            string version = typeof(Adam).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
            int commit = version.IndexOf('+', StringComparison.Ordinal) + 1;
            return $"SDK {Metadata("Sdk")}, commit {(commit == 0 ? "unknown" : version[commit..])}";
        }
    }

    private static string Metadata(string key) => typeof(Repository).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == key)
        .Value!;
}
