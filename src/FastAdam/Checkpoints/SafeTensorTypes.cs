using System.Collections.Frozen;

namespace FastAdam.Checkpoints;

/// <summary>The types of elements: their names in files, and their sizes.</summary>
internal static class SafeTensorTypes
{
    private static readonly (string Name, int Size)[] _all =
    [
        ("BOOL", 1), ("U8", 1), ("I8", 1), ("F8_E5M2", 1), ("F8_E4M3", 1), ("F8_E8M0", 1), ("I16", 2), ("U16", 2), ("F16", 2),
        ("BF16", 2), ("I32", 4), ("U32", 4), ("F32", 4), ("C64", 8), ("F64", 8), ("I64", 8), ("U64", 8),
    ];

    private static readonly FrozenDictionary<string, SafeTensorType> _byName =
        _all.Index().ToFrozenDictionary(x => x.Item.Name, x => (SafeTensorType)x.Index);

    public static string Name(SafeTensorType type) => _all[(int)type].Name;

    /// <summary>Bytes of an element.</summary>
    public static int Size(SafeTensorType type) => _all[(int)type].Size;

    public static bool TryParse(string name, out SafeTensorType type) => _byName.TryGetValue(name, out type);

    /// <summary>Tensors lie in files as they lie in memory.</summary>
    public static void RequireLittleEndian()
    {
        if (!BitConverter.IsLittleEndian)
        {
            throw new PlatformNotSupportedException(
                "safetensors files have the least significant byte of a number first, but this machine has the most significant one.");
        }
    }
}
