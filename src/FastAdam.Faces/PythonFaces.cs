namespace FastAdam.Faces;

internal static class PythonFaces
{
    public static IEnumerable<Face> Of(params object[] all) => [];
}
