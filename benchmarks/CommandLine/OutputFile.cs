namespace FastAdam.CommandLine;

/// <summary>Files that a program is to write.</summary>
internal static class OutputFile
{
    /// <summary>Whether a file can be written, before the work whose result it is to take. Makes its folder.</summary>
    /// <param name="option">The option that names it.</param>
    /// <param name="file">The file. What it holds stays.</param>
    /// <exception cref="IOException">It cannot be written; the message names option and file.</exception>
    public static void Require(string option, FileInfo file)
    {
        try
        {
            file.Directory?.Create();
            bool exists = file.Exists;
            file.Open(FileMode.OpenOrCreate, FileAccess.Write).Dispose();
            if (!exists)
            {
                file.Delete();
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{option} is '{file}', which cannot be written: {exception.Message}", exception);
        }
    }
}
