namespace FastAdam.Release.Tests.Pages;

/// <summary>Where NuGet keeps packages.</summary>
internal static class PackageCache
{
    private static readonly Lazy<string> _ownOfTests = new(() =>
    {
        string folder = Directory.CreateTempSubdirectory("fastadam-packages-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        return folder;
    });

    /// <summary>The user's, for builds of the repository.</summary>
    public static string User { get; } = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    /// <summary>One that is empty at first: the user's could hold another package of the same version.</summary>
    public static string OwnOfTests => _ownOfTests.Value;
}
