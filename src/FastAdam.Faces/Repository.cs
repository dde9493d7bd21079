namespace FastAdam.Faces;

/// <summary>Where the files are.</summary>
internal static class Repository
{
    /// <summary>The folder of FastAdam.sln, above the program.</summary>
    public static string Root
    {
        get
        {
            string? folder = AppContext.BaseDirectory;
            while (folder is not null && !File.Exists(Path.Combine(folder, "FastAdam.sln")))
            {
                folder = Path.GetDirectoryName(folder);
            }

            return folder ?? throw new DirectoryNotFoundException($"No FastAdam.sln lies above {AppContext.BaseDirectory}.");
        }
    }
}
