using FastAdam.Faces;
using Xunit;

namespace FastAdam.Tests.Architecture;

/// <summary>The files that are derived from the rules' descriptions are those that the descriptions of now give.</summary>
public sealed class FacesTests
{
    private const string Command = "dotnet run -c Release --project src/FastAdam.Faces";

    [Fact]
    public void Derived_files_are_up_to_date()
    {
        string root = Root();
        Face[] faces = [.. AllFaces.Of(root)];
        Assert.NotEmpty(faces);
        foreach (Face face in faces)
        {
            string path = Path.Combine(root, face.Path);
            Assert.True(File.Exists(path), $"{face.Path} is missing: run {Command}");
            string[] expected = face.Text.Split('\n');
            string[] actual = File.ReadAllText(path).Split('\n');
            int line = expected.Zip(actual).TakeWhile(pair => pair.First == pair.Second).Count();
            Assert.True(
                line == expected.Length && line == actual.Length,
                $"{face.Path}, line {line + 1}, is '{actual.ElementAtOrDefault(line)}' instead of '{expected.ElementAtOrDefault(line)}': "
                + $"run {Command}");
        }
    }

    private static string Root()
    {
        try
        {
            return Repository.Root;
        }
        catch (DirectoryNotFoundException)
        {
            Assert.Skip("The tests run outside of the repository.");
            throw;
        }
    }
}
