using System.Reflection;

namespace FastAdam.Benchmarks;

/// <summary>The source tree that this program was built from.</summary>
internal static class Repository
{
    public static string Path { get; } = typeof(Repository).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == nameof(Repository))
        .Value!;
}
