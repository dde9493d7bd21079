using FastAdam.Checkpoints;

namespace FastAdam;

/// <summary>
/// Writes files in the safetensors format (https://github.com/huggingface/safetensors, "Format"), so that a process which is killed at
/// any moment leaves the old file or the new one, whole.
/// </summary>
public static unsafe class SafeTensorsWriter
{
    // Between two reports and two looks at the cancellation token.
    private const int Piece = 8 << 20;

    /// <summary>Saves tensors as a file, in the place of one that may be there.</summary>
    /// <param name="path">The file. Where it is a symbolic link, the file that it leads to is replaced.</param>
    /// <param name="tensors">What to save, in any order. Bytes are those in memory when they are written: nothing may change them until
    /// this returns.</param>
    /// <param name="metadata">Texts by keys, or null for none.</param>
    /// <param name="progress">Is told about each 8 MiB. An exception that it throws ends the saving.</param>
    /// <param name="cancellationToken">Ends the saving.</param>
    /// <remarks>
    /// <para>
    /// The new file is written in the same folder, under the name <c>.NAME.X.fastadam-tmp</c> with X 16 hexadecimal digits, flushed to
    /// the disk and renamed; then the folder is flushed, except on Windows. After an exception the old file is as it was, and the
    /// new one is gone. Only a killed process leaves such a file; a save to that path deletes it when it was not written for five minutes.
    /// </para>
    /// <para>
    /// The new file has the permissions of the old one, or those that the process gives to new files, and belongs to the process' user.
    /// Hard links keep the old file. Several processes may save to one path: the last one to end wins.
    /// </para>
    /// <para>
    /// In the file the types with the largest elements lie first, then it goes by names, as in files of Hugging Face's library: each tensor
    /// is aligned to its elements, and the bytes are the same whatever the order of <paramref name="tensors"/>.
    /// </para>
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="path"/>, <paramref name="tensors"/> or a text is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty; two tensors have the same name, or one is
    /// <c>default</c>; a text is no valid Unicode; the header would have more than 100,000,000 bytes.</exception>
    /// <exception cref="IOException">The file cannot be written: there is no such folder, or no room, or <paramref name="path"/> is no
    /// ordinary file. Where only the last flush of the folder fails, the new file is in its place.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written, or <paramref name="path"/> is a folder.</exception>
    /// <exception cref="OperationCanceledException">The token asked for it.</exception>
    /// <exception cref="OverflowException">The tensors have more than 2^63 - 1 bytes together.</exception>
    /// <exception cref="PlatformNotSupportedException">The machine keeps the most significant byte of a number first.</exception>
    public static void Save(
        string path,
        IEnumerable<SafeTensor> tensors,
        IReadOnlyDictionary<string, string>? metadata = null,
        IProgress<SaveProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(tensors);
        SafeTensorTypes.RequireLittleEndian();
        SafeTensor[] sorted = HeaderWriter.Sorted(tensors);
        ReadOnlySpan<byte> header = HeaderWriter.Header(sorted, metadata);
        long total = header.Length;
        foreach (SafeTensor tensor in sorted)
        {
            total = checked(total + tensor.ByteLength);
        }

        cancellationToken.ThrowIfCancellationRequested();
        using var file = new ReplacingFile(path, total);
        file.Write(header);
        foreach (SafeTensor tensor in sorted)
        {
            for (long done = 0; done < tensor.ByteLength; done += Piece)
            {
                cancellationToken.ThrowIfCancellationRequested();
                file.Write(new ReadOnlySpan<byte>(tensor.Data + done, (int)long.Min(Piece, tensor.ByteLength - done)));
                progress?.Report(new SaveProgress(file.Length, total));
            }
        }

        file.Replace();
    }
}
