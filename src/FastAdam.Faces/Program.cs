using FastAdam.Faces;

// Writes what is derived from the rules' descriptions: dotnet run --project src/FastAdam.Faces
// Run it twice after a rule was added: the second run knows what the first one has written into the library.
string root = Repository.Root;
foreach (Face face in AllFaces.Of(root))
{
    string path = Path.Combine(root, face.Path);
    string before = File.Exists(path) ? File.ReadAllText(path) : "";
    if (before != face.Text)
    {
        File.WriteAllText(path, face.Text);
        Console.WriteLine($"wrote {face.Path}");
    }
}
