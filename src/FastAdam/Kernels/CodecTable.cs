using System.Runtime.CompilerServices;
using FastAdam.Codecs;

namespace FastAdam.Kernels;

/// <summary>Something to be done for a storage type that is known at run time.</summary>
internal interface ICodecVisitor
{
    nint Visit<C>()
        where C : ICodec;
}

/// <summary>The one table of storage types of single elements.</summary>
internal static class CodecTable
{
    /// <summary>Calls the visitor with a storage type's codec.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Visit<TVisitor>(ElementType type, TVisitor visitor)
        where TVisitor : struct, ICodecVisitor => type switch
        {
            ElementType.Float32 => visitor.Visit<Float32Codec>(),
            ElementType.Float16 => visitor.Visit<Float16Codec>(),
            ElementType.BFloat16 => visitor.Visit<BFloat16Codec>(),
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a storage type of single elements."),
        };
}
