using FastAdam.Codecs;

namespace FastAdam.Kernels;

/// <summary>Something to be done for a storage type that is known at run time.</summary>
internal interface ICodecVisitor
{
    nint Visit<C>()
        where C : ICodec;
}
