namespace FastAdam;

/// <summary>How far <see cref="SafeTensorsWriter.Save"/> has come.</summary>
/// <param name="bytesDone">See <see cref="BytesDone"/>.</param>
/// <param name="bytesTotal">See <see cref="BytesTotal"/>.</param>
public readonly struct SaveProgress(long bytesDone, long bytesTotal)
{
    /// <summary>Bytes that have been given to the system, which may not have them on the disk yet.</summary>
    public long BytesDone { get; } = bytesDone;

    /// <summary>Bytes of the whole file.</summary>
    public long BytesTotal { get; } = bytesTotal;
}
