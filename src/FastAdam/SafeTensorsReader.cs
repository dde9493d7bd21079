using System.IO.MemoryMappedFiles;
using FastAdam.Checkpoints;

namespace FastAdam;

/// <summary>
/// Reads a file in the safetensors format (https://github.com/huggingface/safetensors, "Format"). The file is mapped into memory:
/// opening it reads the header alone, and a tensor's bytes come from the disk when they are first touched.
/// </summary>
/// <remarks>
/// <para>
/// The whole header is checked before the constructor returns, so that no tensor reaches outside of the file or over another one. What
/// tensors hold is not checked. Strict where readers differ: no name, key or member may occur twice; a tensor has <c>dtype</c>,
/// <c>shape</c> and <c>data_offsets</c> and nothing else; names have no control characters; shapes have at most 64 dimensions.
/// </para>
/// <para>
/// The system ends a process (SIGBUS) that touches mapped bytes which another process has cut off since. <see cref="SafeTensorsWriter"/>
/// never does that: it puts a new file in the place of the old one, which stays whole for those who have it open. For a file that others
/// may write in place, copy it first. On Windows a file cannot be replaced while a reader has it open.
/// </para>
/// <para>
/// The mapping ends with <see cref="Dispose"/>, or some time after the last reference to the reader is gone. A tensor is no such
/// reference: dispose of the reader after their last use, as <c>using</c> does. Members may be called on any thread.
/// </para>
/// </remarks>
public sealed unsafe class SafeTensorsReader : IDisposable
{
    private readonly TensorFile _file;
    private readonly MemoryMappedFile _mapping;
    private readonly MemoryMappedViewAccessor _view;
    private readonly SafeTensor[] _tensors;
    private readonly Dictionary<string, string> _metadata;
    private readonly Dictionary<string, int> _places;
    private bool _isDisposed;

    /// <summary>Opens a file.</summary>
    /// <param name="path">Where it is.</param>
    /// <exception cref="InvalidDataException">It is no whole file of this format; the message says what is wrong.</exception>
    /// <exception cref="ArgumentException"><paramref name="path"/> is null or empty.</exception>
    /// <exception cref="IOException">It cannot be read or mapped.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read, or is a folder.</exception>
    /// <exception cref="PlatformNotSupportedException">The machine keeps the most significant byte of a number first.</exception>
    public SafeTensorsReader(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _file = new TensorFile(path);
        try
        {
            SafeTensorsHeader header = _file.Header;
            _mapping = MemoryMappedFile.CreateFromFile(
                _file.Stream, mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            _view = _mapping.CreateViewAccessor(0, header.DataStart + header.DataLength, MemoryMappedFileAccess.Read);
            byte* data = (byte*)_view.SafeMemoryMappedViewHandle.DangerousGetHandle() + _view.PointerOffset + header.DataStart;
            _tensors = [.. header.Tensors.Select(x => x.At(data))];
            _metadata = header.Metadata;
            _places = header.Places;
        }
        catch
        {
            _view?.Dispose();
            _mapping?.Dispose();
            _file.Dispose();
            throw;
        }
    }

    /// <summary>All tensors, in the order in which they lie in the file.</summary>
    /// <exception cref="ObjectDisposedException">The reader was disposed of.</exception>
    public IReadOnlyList<SafeTensor> Tensors
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return _tensors;
        }
    }

    /// <summary>The texts of <c>__metadata__</c> by their keys, also after <see cref="Dispose"/>; empty where the file has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>The tensor of a name.</summary>
    /// <param name="name">Its name, letter by letter.</param>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> is null.</exception>
    /// <exception cref="ObjectDisposedException">The reader was disposed of.</exception>
    public SafeTensor this[string name] => TryGetTensor(name, out SafeTensor tensor)
        ? tensor
        : throw new KeyNotFoundException($"{_file.Stream.Name} has no tensor {TensorNames.Quoted(name)}.");

    /// <summary>Looks a tensor up.</summary>
    /// <param name="name">Its name, letter by letter.</param>
    /// <param name="tensor">The tensor, or <c>default</c>.</param>
    /// <returns>True where there is one.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> is null.</exception>
    /// <exception cref="ObjectDisposedException">The reader was disposed of.</exception>
    public bool TryGetTensor(string name, out SafeTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(name);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        bool isThere = _places.TryGetValue(name, out int place);
        tensor = isThere ? _tensors[place] : default;
        return isThere;
    }

    /// <summary>Ends the mapping: the tensors' bytes are gone. Doing so again does nothing.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        _view.Dispose();
        _mapping.Dispose();
        _file.Dispose();
    }
}
