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

    [Fact]
    public void The_generator_does_not_read_what_it_writes()
    {
        // A rule that was added is not in the tables yet: whoever asks them for it ends in an exception, and nothing is written.
        foreach (string path in Directory.GetFiles(Path.Combine(Root(), "src", "FastAdam.Faces"), "*.cs"))
        {
            string text = File.ReadAllText(path);
            foreach (string table in (string[])["RuleKinds.", "RuleTable.Rules", "RuleTable.Visit", "RuleTable.KindCount"])
            {
                Assert.False(text.Contains(table, StringComparison.Ordinal), $"{Path.GetFileName(path)} uses {table}");
            }
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
