namespace FastAdam.Faces;

internal static class DocumentFaces
{
    public static IEnumerable<Face> Of(params object[] all) => [];
}
